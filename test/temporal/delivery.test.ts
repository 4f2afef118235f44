/** @module The wire: retries, failover, what is unknown, and each recipient for itself. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { verifies } from '../support/requirements.js';
import { mail, SOON, startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let first: Carrier;
let second: Carrier;
beforeAll(async () => {
  first = carrier('first');
  second = carrier('second');
  warden = await startWarden({ carriers: [first, second] });
});
afterAll(() => warden.stop());

const sentBy = (by: Carrier, id: string): string[][] =>
  by.sent.filter((one) => one.id === id).map((one) => one.to);

test('what was certainly not sent is retried by the same provider', async () => {
  first.answers = [{ outcome: 'not_sent_retry', reason: 'transient' }];
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  expect(sentBy(first, handle.workflowId)).toHaveLength(1);
  expect(sentBy(second, handle.workflowId)).toHaveLength(0);
});

test('a provider that keeps refusing is left for the next one', async () => {
  first.answers = [1, 2].map(() => ({ outcome: 'not_sent_retry', reason: 'transient' }) as const);
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  expect(sentBy(second, handle.workflowId)).toEqual([['ann@example.com']]);
});

test('a refusal over our account fails over at once, one over the recipient never does', async () => {
  first.calls = 0;
  first.answers = [{ outcome: 'not_sent_permanent', reason: 'config' }];
  const config = await warden.submit(mail());
  await warden.until(config.handle.workflowId, 'sent');
  expect(first.calls).toBe(1);
  expect(sentBy(second, config.handle.workflowId)).toHaveLength(1);

  first.answers = [{ outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.1' }];
  // Of its own: who was refused for good is suppressed.
  const recipient = await warden.submit(mail({ to: 'nobody@example.com' }));
  expect(await recipient.handle.result()).toMatchObject({ status: 'failed' });
  expect(sentBy(second, recipient.handle.workflowId)).toHaveLength(0);
  // Whose next email is denied, and reaches nobody.
  first.calls = 0;
  const next = await warden.submit(mail({ to: 'nobody@example.com' }));
  expect(await next.handle.result()).toMatchObject({ status: 'denied' });
  expect(first.calls).toBe(0);
});

test('a route that refuses everywhere is tried again in rounds', async () => {
  first.answers = [1, 2].map(() => ({ outcome: 'not_sent_retry', reason: 'transient' }) as const);
  second.answers = [1, 2].map(() => ({ outcome: 'not_sent_retry', reason: 'transient' }) as const);
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  expect(sentBy(first, handle.workflowId)).toHaveLength(1);
});

test('an unknown outcome is parked: no retry, no failover, until a person says not sent', async () => {
  first.answers = [{ outcome: 'unknown' }];
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'unknown' });
  expect(sentBy(second, handle.workflowId)).toHaveLength(0);
  const notSent = { as: 'not_sent', unknown: [{ index: 0, attempt: 1, try: 1 }] };
  expect(await warden.update(handle, 'resolve', notSent)).toBe('lease_active');
  await new Promise((resolve) => setTimeout(resolve, 4_100));
  expect(await warden.update(handle, 'resolve', notSent)).toBe('applied');
  await warden.until(handle.workflowId, 'sent');
  expect(sentBy(first, handle.workflowId).length + sentBy(second, handle.workflowId).length).toBe(1);
});

verifies('send:once/lost-answer', 'a try that finds a claim without a receipt does not send', async () => {
  first.calls = 0;
  const { recordReceipt } = warden.store;
  warden.store.recordReceipt = () => Promise.reject(new Error('the database is gone'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  warden.store.recordReceipt = recordReceipt;
  expect(first.calls).toBe(1);
  expect(sentBy(first, handle.workflowId)).toHaveLength(1);
  expect(sentBy(second, handle.workflowId)).toHaveLength(0);
});

test('a provider that never answers is given up on when the lease ends', async () => {
  first.answers = [
    (delivery) => {
      delivery.beforeWire();
      return new Promise(() => undefined);
    },
  ];
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  expect(sentBy(second, handle.workflowId)).toHaveLength(0);
});

verifies('policy:before-wire', 'an email that policy denies at its release reaches no provider', async () => {
  first.calls = 0;
  const { handle } = await warden.submit(
    mail({ to: 'later-denied@example.com', sendAt: new Date(Date.now() + 600).toISOString() }),
  );
  await warden.store.updateMailbox(
    'default',
    warden.mailbox.id,
    { policy: { deny: ['later-denied@example.com'] } },
    'test',
  );
  expect(await handle.result()).toMatchObject({ status: 'denied' });
  await warden.store.updateMailbox('default', warden.mailbox.id, { policy: {} }, 'test');
  expect(first.calls).toBe(0);
});

test('a report settles an unknown outcome', async () => {
  first.answers = [{ outcome: 'unknown' }];
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  await warden.report('first', { type: 'delivered', message: handle.workflowId });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('a provider that throws once the content is going out leaves unknown; before that, not sent', async () => {
  first.answers = [
    (delivery) => {
      delivery.beforeWire();
      return Promise.reject(new Error('the line went dead'));
    },
  ];
  const after = await warden.submit(mail());
  await warden.until(after.handle.workflowId, 'unknown');
  first.answers = [() => Promise.reject(new Error('no line'))];
  const before = await warden.submit(mail());
  await warden.until(before.handle.workflowId, 'sent');
});

test('A accepted, B not now, C never: only B is tried again', async () => {
  first.answers = [
    {
      1: { outcome: 'not_sent_retry', reason: 'recipient' },
      2: { outcome: 'not_sent_permanent', reason: 'recipient' },
    },
  ];
  const { handle } = await warden.submit(
    mail({ to: ['a@example.com', 'b@example.com'], bcc: 'c@example.com' }),
  );
  await warden.until(handle.workflowId, 'failed');
  expect(sentBy(first, handle.workflowId)).toEqual([['a@example.com'], ['b@example.com']]);
  const detail = await warden.store.message('default', handle.workflowId);
  expect(detail?.recipients.map((one) => one.status)).toEqual(['sent', 'sent', 'failed']);
});

verifies(
  'suppress:always/after-admission',
  'a paused mailbox and a fresh suppression reach an email that already waits for its time',
  async () => {
    const sendAt = new Date(Date.now() + 800).toISOString();
    const paused = await warden.submit(mail({ sendAt }));
    const suppressed = await warden.submit(mail({ to: 'soon-gone@example.com', sendAt }));
    await warden.store.addSuppression({
      org: 'default',
      mode: 'live',
      address: 'soon-gone@example.com',
      scope: 'org',
      reason: 'manual',
      source: 'test',
      by: 'test',
    });
    expect(await suppressed.handle.result()).toMatchObject({ status: 'denied' });
    await warden.until(paused.handle.workflowId, 'sent');
    const next = await warden.submit(mail({ sendAt: new Date(Date.now() + 500).toISOString() }));
    await warden.store.updateMailbox('default', warden.mailbox.id, { status: 'paused' }, 'test');
    const waitingFor = async () => (await warden.store.view(next.handle.workflowId))?.waitingFor?.reason;
    await expect.poll(waitingFor, SOON).toBe('paused');
    await warden.store.updateMailbox('default', warden.mailbox.id, { status: 'active' }, 'test');
    // As the sweep does after two minutes.
    await next.handle.signal('deliveryReport');
    await warden.until(next.handle.workflowId, 'sent');
  },
);

test('a limit of three an hour lets three of eight through at once, and the rest wait', async () => {
  const limited = await warden.store.createMailbox(
    {
      org: 'default',
      address: `limited-${randomUUID()}@example.com`,
      autonomy: 'auto',
      directStart: true,
      policy: { limits: { hourly: 3, onLimit: 'wait' } },
    },
    'test',
  );
  if (limited === 'exists') throw new Error();
  const all = await Promise.all(
    Array.from({ length: 8 }, () => warden.submit(mail({ mailbox: limited.id }))),
  );
  const statuses = all.map(({ answer }) => answer.view?.verdict?.outcome);
  expect(statuses.filter((one) => one === 'allow')).toHaveLength(3);
  expect(statuses.filter((one) => one === 'wait')).toHaveLength(5);
  for (const { handle } of all) await handle.signal('cancel');
});
