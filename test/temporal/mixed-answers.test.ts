/** @module One email to several people, and a server that says something else to each of them: real SMTP. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecipientStatus } from '../../src/core/email/state.js';
import { inTurn, startRelay, type Relay } from '../support/relay.js';
import { verifies } from '../support/requirements.js';
import type { SmtpScript } from '../support/smtp.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const [A, B, C] = ['a@one.example', 'b@two.example', 'c@three.example'];
/** Whom nobody knows there; each is refused once, and suppressed for it. */
const [NOBODY, NOBODY_EITHER] = ['nobody@three.example', 'nobody-either@three.example'];

let warden: Warden;
let first: Relay;
let second: Relay;
beforeAll(async () => {
  [first, second] = [await startRelay('first'), await startRelay('second')];
  warden = await startWarden({ carriers: [first.provider, second.provider] });
});
afterAll(async () => {
  await warden.stop();
  await first.stop();
  await second.stop();
});
/** What the first server does; the second one takes everything. */
function script(wanted: SmtpScript): void {
  first.follow(wanted);
  second.follow({});
}

const submit = async (more: object): Promise<Handle> =>
  (await warden.submit({ subject: `s ${randomUUID()}`, text: 'hello', ...more })).handle;

/** Until every recipient of the message is as wanted, in the order To, Cc, Bcc. */
async function settled({ workflowId }: Handle, wanted: RecipientStatus[]): Promise<void> {
  const statuses = async (): Promise<unknown> =>
    (await warden.store.view(workflowId))?.recipients.map((one) => one.status);
  await expect.poll(statuses, SOON).toEqual(wanted);
}

test('SMTP that answers A 250, B 451, C 550: A is sent to once, B again and alone, C never', async () => {
  const toB = inTurn('451 4.2.1 not now', '250 2.1.5 ok');
  const rcpt = (address: string): string =>
    address === A ? '250 2.1.5 ok' : address === B ? toB() : '550 5.1.1 nobody';
  script({ rcpt });
  const handle = await submit({ to: [A, B], cc: NOBODY });
  await settled(handle, ['sent', 'sent', 'failed']);
  expect(first.asked()).toEqual([[A, B, NOBODY], [B]]);
  expect(first.took()).toEqual([[A], [B]]);
  // The two emails are one: the same bytes, by the same Message-ID.
  const [once, again] = first.server.received;
  expect(/^Message-ID: .*$/imu.exec(again?.raw ?? '')).toEqual(
    expect.objectContaining([/^Message-ID: .*$/imu.exec(once?.raw ?? '')?.[0]]),
  );
  const detail = await warden.store.message('default', handle.workflowId);
  expect(detail?.status).toBe('failed');
  expect(detail?.recipients.map((one) => [one.status, one.smtpStatus])).toEqual([
    ['sent', '2.0.0'],
    ['sent', '2.0.0'],
    ['failed', '5.1.1'],
  ]);
  for (const recipient of [A, B])
    await warden.report('first', { type: 'delivered', message: handle.workflowId, recipient });
  expect(await handle.result()).toMatchObject({
    status: 'failed',
    recipients: [{ status: 'delivered' }, { status: 'delivered' }, { status: 'failed' }],
  });
  expect(second.asked()).toEqual([]);
});

test('SMTP that refuses B at every try: only B goes to the next provider', async () => {
  const rcpt = (address: string): string => (address === B ? '451 4.2.1 not now' : '250 2.1.5 ok');
  script({ rcpt });
  const handle = await submit({ to: [A, B, C] });
  await settled(handle, ['sent', 'sent', 'sent']);
  expect(first.asked()).toEqual([[A, B, C], [B]]);
  expect(first.took()).toEqual([[A, C]]);
  expect(second.took()).toEqual([[B]]);
});

verifies(
  'send:once/lost-answer',
  'drop after DATA with mixed recipients: A, whose answer is lost, is unknown and never sent to again; B, refused before, goes again alone',
  async () => {
    const toB = inTurn('451 4.2.1 not now', '250 2.1.5 ok');
    const rcpt = (address: string): string =>
      address === A ? '250 2.1.5 ok' : address === B ? toB() : '550 5.1.1 nobody';
    const dot = inTurn('drop', '250 2.0.0 ok');
    script({
      rcpt,
      get dot() {
        return dot();
      },
    });
    const handle = await submit({ to: [A, B, NOBODY_EITHER] });
    await settled(handle, ['unknown', 'sent', 'failed']);
    expect(first.asked()).toEqual([[A, B, NOBODY_EITHER], [B]]);
    expect(first.took()).toEqual([[B]]);
    await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'unknown' });
    // What came of A is known once it is reported.
    for (const recipient of [A, B])
      await warden.report('first', { type: 'delivered', message: handle.workflowId, recipient });
    expect(await handle.result()).toMatchObject({
      recipients: [{ status: 'delivered' }, { status: 'delivered' }, { status: 'failed' }],
    });
    expect(second.asked()).toEqual([]);
  },
);

test('drop after DATA with mixed recipients, and a server that is gone after it: B goes to the next provider, A to none', async () => {
  const toB = inTurn('451 4.2.1 not now', 'drop');
  script({ rcpt: (address) => (address === B ? toB() : '250 2.1.5 ok'), dot: 'drop' });
  const handle = await submit({ to: [A, B] });
  await settled(handle, ['unknown', 'sent']);
  expect(first.asked()).toEqual([[A, B], [B]]);
  expect(second.took()).toEqual([[B]]);
  await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'unknown' });
});

test('Bcc only: each gets it, and no header and no other byte of it names anybody', async () => {
  script({});
  const handle = await submit({ bcc: [A, B, C] });
  await warden.until(handle.workflowId, 'sent');
  const received = first.server.received;
  expect(received.map((one) => one.to)).toEqual([[A, B, C]]);
  const { raw = '' } = received[0] ?? {};
  for (const address of [A, B, C]) expect(raw).not.toContain(address);
  const names = raw
    .slice(0, raw.indexOf('\r\n\r\n'))
    .split(/\r\n(?![ \t])/u)
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  // RFC 5322 §3.6: exactly one From and one Date; To, Cc and Bcc may be left out, but never be empty.
  expect(names.filter((one) => ['from', 'date', 'message-id'].includes(one)).sort()).toEqual([
    ...['date', 'from', 'message-id'],
  ]);
  for (const name of ['to', 'cc', 'bcc']) expect(names).not.toContain(name);
});

test('Bcc beside To: the header names only those in To, also where Bcc is the only one tried again', async () => {
  const toC = inTurn('451 4.2.1 not now', '250 2.1.5 ok');
  script({
    rcpt: (address) => (address === C ? toC() : '250 2.1.5 ok'),
  });
  const handle = await submit({ to: A, bcc: C });
  await settled(handle, ['sent', 'sent']);
  const received = first.server.received;
  expect(received.map((one) => one.to)).toEqual([[A], [C]]);
  for (const { raw } of received) {
    expect(raw).toMatch(new RegExp(`^To: ${A}\\r?$`, 'mu'));
    expect(raw).not.toContain(C);
  }
});
