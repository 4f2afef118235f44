/** @module Reports at bad moments: before the receipt, in the instant of closing, and while no worker runs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderReport, Receipt } from '../../src/core/delivery/receipt.js';
import { carrier, type Answer, type Carrier } from '../support/carrier.js';
import { openHook, type Hook } from '../support/relay.js';
import { verifies } from '../support/requirements.js';
import { startWarden, type Handle, type Warden } from '../support/warden.js';

/** Milliseconds that an email listens for reports. */
const WINDOW = 4_000;

let warden: Warden;
let relay: Carrier;
let hook: Hook;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { feedback: { window: `${WINDOW}ms` } } });
  hook = await openHook(warden, 'relay');
});
afterAll(() => warden.stop());

const someone = (): string => `p-${randomUUID()}@example.com`;
const mail = (to: string, more: object = {}): object => ({
  ...{ to, subject: `s ${randomUUID()}`, text: 'hello' },
  ...more,
});
const submit = async (to: string, more?: object): Promise<Handle> =>
  (await warden.submit(mail(to, more))).handle;
const report = (message: string, more: Partial<ProviderReport> = {}): ProviderReport => ({
  ...{ reportId: randomUUID(), type: 'delivered', message },
  ...more,
});
const calls = new Map<string, number>();

/** The provider's webhook is quicker than its answer; `name` is what it calls the email. */
const overtaken =
  (
    more: Partial<ProviderReport>,
    receipt: Receipt | Error,
    nameOf: (id: string) => string = (id) => id,
  ): Answer =>
  async (delivery) => {
    delivery.beforeWire();
    calls.set(delivery.id, (calls.get(delivery.id) ?? 0) + 1);
    const answer = await hook(report(nameOf(delivery.id), more));
    expect(answer.status).toBe(200);
    if (receipt instanceof Error) throw receipt;
    return receipt;
  };
const accepted: Receipt = { recipients: [{ index: 0, outcome: 'accepted' }] };

test('a report before the receipt: `delivered` stays, whatever the answer says or whether it ever comes', async () => {
  const answers: (Receipt | Error)[] = [
    accepted,
    { recipients: [{ index: 0, outcome: 'unknown' }] },
    { recipients: [{ index: 0, outcome: 'not_sent_retry', reason: 'transient' }] },
    { recipients: [{ index: 0, outcome: 'not_sent_permanent', reason: 'recipient' }] },
    new Error('the line went dead'),
  ];
  for (const answer of answers) {
    relay.answers = [overtaken({}, answer)];
    const handle = await submit(someone());
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(calls.get(handle.workflowId)).toBe(1);
    expect(relay.sent.filter((one) => one.id === handle.workflowId)).toEqual([]);
  }
});

verifies(
  'suppress:always',
  'a hard bounce before the receipt, under the id that only the receipt makes known, suppresses',
  async () => {
    const to = someone();
    const name = `queue-${randomUUID()}`;
    relay.answers = [
      overtaken(
        { type: 'bounced', bounce: 'hard', recipient: to },
        { ...accepted, providerMessageId: name },
        () => name,
      ),
    ];
    const handle = await submit(to);
    expect(await handle.result()).toMatchObject({ status: 'bounced' });
    const next = await warden.submit(mail(to));
    expect(await next.handle.result()).toMatchObject({ status: 'denied' });
  },
);

test('a soft bounce before the receipt is sent again once, after its wait', async () => {
  relay.answers = [overtaken({ type: 'bounced', bounce: 'soft' }, accepted)];
  const handle = await submit(someone());
  await warden.until(handle.workflowId, 'sent');
  await hook(report(handle.workflowId));
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  expect([
    calls.get(handle.workflowId),
    relay.sent.filter((one) => one.id === handle.workflowId).length,
  ]).toEqual([...[1, 1]]);
  expect((await warden.store.message('default', handle.workflowId))?.recipients[0]?.softBounces).toBe(1);
});

test('a report in the instant of closing is never lost and never an error, and the workflow ends', async () => {
  const kinds = [
    { type: 'delivered' },
    { type: 'bounced', bounce: 'hard' },
    { type: 'bounced', bounce: 'soft' },
  ] as const;
  const one = async (i: number): Promise<void> => {
    const kind = kinds[i % kinds.length] ?? kinds[0];
    const to = someone();
    const handle = await submit(to);
    await warden.until(handle.workflowId, 'sent');
    const view = await warden.store.view(handle.workflowId);
    const closes = new Date(view?.waitingFor?.until ?? NaN).getTime();
    // From a little before to a little after the end of the window.
    const at = closes + (i - 10) * 15;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
    expect(await hook(report(handle.workflowId, kind))).toMatchObject({ status: 200, body: { applied: 1 } });
    const { status } = await handle.result();
    const end = (await warden.store.view(handle.workflowId))?.status;
    const wire = relay.sent.filter((mail) => mail.id === handle.workflowId).length;
    if (kind.type === 'delivered') expect([wire, end]).toEqual([1, 'delivered']);
    else if (kind.bounce === 'hard') expect([wire, end]).toEqual([1, 'bounced']);
    // In time it is sent again; after the end it is as final as any.
    else
      expect([
        [2, 'sent'],
        [1, 'bounced'],
      ]).toContainEqual([wire, end]);
    // The workflow saw it, or had ended before it came.
    expect(['sent', end]).toContain(status);
    if (end === 'bounced' && kind.type === 'bounced' && kind.bounce === 'hard')
      expect(await (await submit(to)).result()).toMatchObject({ status: 'denied' });
  };
  relay.answers = [];
  await Promise.all(Array.from({ length: 21 }, (_, i) => one(i)));
}, 60_000);

verifies(
  'suppress:always',
  'workers down when the webhook comes: it is answered 200, and then a send to that address, new or held before, is denied',
  async () => {
    const to = someone();
    const bounced = await submit(to);
    await warden.until(bounced.workflowId, 'sent');
    const reviewed = await warden.store.createMailbox(
      { org: 'default', address: someone(), directStart: true, autonomy: 'review_all' },
      'test',
    );
    if (reviewed === 'exists') throw new Error();
    const held = await submit(to, { mailbox: reviewed.id });
    await warden.until(held.workflowId, 'held');
    await warden.stopWorker();
    const answer = await hook(report(bounced.workflowId, { type: 'bounced', bounce: 'hard', recipient: to }));
    expect([answer.status, answer.body.applied]).toEqual([200, 1]);
    expect((await warden.store.view(bounced.workflowId))?.status).toBe('bounced');
    const next = await warden.start(mail(to));
    await warden.signal(held, 'approve', { by: 'alice' });
    await warden.startWorker();
    expect(await next.result()).toMatchObject({ status: 'denied' });
    expect(await held.result()).toMatchObject({ status: 'denied' });
    // It followed the report, or had closed before it.
    expect(['bounced', 'sent']).toContain((await bounced.result()).status);
    expect(relay.sent.filter((one) => one.to.includes(to)).map((one) => one.id)).toEqual([
      bounced.workflowId,
    ]);
  },
);
