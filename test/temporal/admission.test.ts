/** @module From the start to the verdict: what is accepted, denied, or somebody else's already. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seal } from '../../src/seal.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { mail, SOON, startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay] });
});
afterAll(() => warden.stop());

test('an allowed email answers after admission, is sent once, and ends delivered by its report', async () => {
  const { handle, answer } = await warden.submit(mail({ subject: 'the first' }));
  expect(answer.view).toMatchObject({ id: handle.workflowId, revision: 1, verdict: { outcome: 'allow' } });
  await warden.until(handle.workflowId, 'sent');
  await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'sent' });
  await warden.report('relay', { type: 'delivered', message: handle.workflowId });
  expect(await handle.result()).toEqual({
    id: handle.workflowId,
    status: 'delivered',
    recipients: [{ index: 0, status: 'delivered' }],
  });
  expect(relay.sent.filter((one) => one.subject === 'the first')).toHaveLength(1);
});

test('an unusable argument ends denied, with the fields, and is not tried again', async () => {
  const handle = await warden.start({ to: 'no address', subject: 'x', body: 'y' });
  const outcome = await handle.result();
  expect(outcome).toMatchObject({ status: 'denied', problem: { code: 'invalid_request' } });
  expect(outcome.problem?.fields.map((one) => one.field)).toEqual(expect.arrayContaining(['to', 'body']));
  const { history } = { history: await handle.fetchHistory() };
  expect(history.events?.some((event) => event.workflowTaskFailedEventAttributes)).toBe(false);
});

test('an unknown mailbox, and one that takes no direct starts, end denied', async () => {
  const unknown = await warden.start({ ...mail(), mailbox: 'nobody@example.com' });
  expect(await unknown.result()).toMatchObject({ status: 'denied', problem: { code: 'mailbox_unknown' } });
  const shut = await warden.store.createMailbox(
    { org: 'default', address: 'shut@example.com', directStart: false },
    'test',
  );
  if (shut === 'exists') throw new Error();
  const direct = await warden.start({ ...mail(), mailbox: shut.id });
  expect(await direct.result()).toMatchObject({ status: 'denied', problem: { code: 'direct_start_off' } });
});

test('a seal that does not open ends denied', async () => {
  const handle = await warden.start({ sealed: 'eyJhbGciOiJkaXIifQ..x.y.z' });
  expect(await handle.result()).toMatchObject({ status: 'denied', problem: { code: 'invalid_request' } });
});

test('a second start with the same dedupe key sends nothing and ends with the outcome of the first', async () => {
  const subject = `once ${randomUUID()}`;
  const dedupeKey = randomUUID();
  const first = await warden.submit(mail({ subject, dedupeKey }));
  await warden.until(first.handle.workflowId, 'sent');
  const second = await warden.start(mail({ subject, dedupeKey }));
  expect(await second.result()).toMatchObject({ id: first.handle.workflowId, status: 'sent' });
  await warden.report('relay', { type: 'delivered', message: first.handle.workflowId });
  await first.handle.result();
  expect(relay.sent.filter((one) => one.subject === subject)).toHaveLength(1);
});

test('the same workflow id started again after it closed sends nothing again', async () => {
  const subject = `again ${randomUUID()}`;
  const first = await warden.submit(mail({ subject }));
  await warden.until(first.handle.workflowId, 'sent');
  await warden.report('relay', { type: 'delivered', message: first.handle.workflowId });
  await first.handle.result();
  const again = await warden.start(mail({ subject }), first.handle.workflowId);
  expect(await again.result()).toMatchObject({ id: first.handle.workflowId, status: 'delivered' });
  expect(relay.sent.filter((one) => one.subject === subject)).toHaveLength(1);
});

test('a suppressed recipient denies the email, and the verdict says which and why', async () => {
  await warden.store.addSuppression({
    org: 'default',
    mode: 'live',
    address: 'gone@example.com',
    scope: 'org',
    reason: 'manual',
    source: 'test',
    by: 'test',
  });
  const { handle, answer } = await warden.submit(mail({ to: ['ann@example.com', 'Gone+tag@Example.com'] }));
  expect(answer.view?.verdict?.checks).toContainEqual(
    expect.objectContaining({
      rule: 'suppression_check',
      status: 'failed',
      effect: 'deny',
      evidence: { recipients: [1], scope: 'org', reason: 'manual' },
    }),
  );
  expect(await handle.result()).toMatchObject({ status: 'denied' });
});

test('an email that waits for its window goes when it opens, and one past its expiry never does', async () => {
  const soon = new Date(Date.now() + 600).toISOString();
  const { handle, answer } = await warden.submit(mail({ sendAt: soon }));
  expect(answer.view).toMatchObject({ status: 'scheduled', waitingFor: { reason: 'send_at', until: soon } });
  await warden.until(handle.workflowId, 'sent');
  const sentAt = (await warden.store.message('default', handle.workflowId))?.attempts[0]?.at ?? '';
  expect(sentAt >= soon).toBe(true);

  const late = await warden.submit(mail({ expiresAt: new Date(Date.now() - 1000).toISOString() }));
  expect(await late.handle.result()).toMatchObject({ status: 'expired' });
});

test('what can never be admitted ends denied, and is not tried for ever', async () => {
  for (const argument of [
    { mailbox: 'a\u0000b' },
    { html: '<ol type="I" start="10000"><li>a</li></ol>', text: undefined },
  ]) {
    const handle = await warden.start(mail(argument));
    if ('mailbox' in argument) expect(await handle.result()).toMatchObject({ status: 'denied' });
    else await warden.until(handle.workflowId, 'sent');
  }
  const text = await seal(warden.ring, 'request', 'only a text');
  const odd = await warden.start({ sealed: text });
  expect(await odd.result()).toMatchObject({ status: 'denied', problem: { code: 'invalid_request' } });
  const within = await seal(warden.ring, 'request', { request: { 'to.ann@example.com': 1 } });
  const hidden = await (await warden.start({ sealed: within })).result();
  expect(hidden).toMatchObject({ status: 'denied' });
  expect(JSON.stringify(hidden)).not.toContain('ann@');
});
