/** @module After the send: reports, bounces, complaints, and the end of the window. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { verifies } from '../support/requirements.js';
import { SOON, startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay] });
});
afterAll(() => warden.stop());

const mail = (to: string | string[]): object => ({ to, subject: `s ${randomUUID()}`, text: 'hello' });
const someone = (): string => `p-${randomUUID()}@example.com`;
const sentTo = (address: string): number => relay.sent.filter((one) => one.to.includes(address)).length;

async function sent(to: string | string[]): Promise<Awaited<ReturnType<Warden['submit']>>['handle']> {
  const { handle } = await warden.submit(mail(to));
  await warden.until(handle.workflowId, 'sent');
  return handle;
}

verifies(
  'suppress:always',
  'a hard bounce suppresses, and the next send to that address is denied',
  async () => {
    const to = someone();
    const handle = await sent(to);
    await warden.report('relay', {
      type: 'bounced',
      bounce: 'hard',
      message: handle.workflowId,
      recipient: to,
    });
    expect(await handle.result()).toMatchObject({ status: 'bounced' });
    const next = await warden.submit(mail(to));
    expect(await next.handle.result()).toMatchObject({ status: 'denied' });
  },
);

test('a complaint suppresses too, even long after the workflow closed', async () => {
  const to = someone();
  const handle = await sent(to);
  await warden.report('relay', { type: 'delivered', message: handle.workflowId });
  await handle.result();
  await warden.report('relay', { type: 'complained', message: handle.workflowId });
  expect(await warden.store.view(handle.workflowId)).toMatchObject({ status: 'complained' });
  const next = await warden.submit(mail(to));
  expect(await next.handle.result()).toMatchObject({ status: 'denied' });
});

test('a soft bounce is sent again to that recipient only, and the third suppresses', async () => {
  const [bad, good] = [someone(), someone()];
  const { handle } = await warden.submit(mail([bad, good]));
  for (const round of [1, 2, 3]) {
    await expect.poll(() => sentTo(bad), { timeout: 10_000 }).toBe(round);
    await warden.until(handle.workflowId, 'sent');
    await warden.report('relay', {
      type: 'bounced',
      bounce: 'soft',
      message: handle.workflowId,
      recipient: bad,
    });
  }
  await warden.report('relay', { type: 'delivered', message: handle.workflowId, recipient: good });
  expect(await handle.result()).toMatchObject({
    status: 'bounced',
    recipients: [{ status: 'bounced' }, { status: 'delivered' }],
  });
  expect([sentTo(bad), sentTo(good)]).toEqual([3, 1]);
  const next = await warden.submit(mail(bad));
  expect(await next.handle.result()).toMatchObject({ status: 'denied' });
});

test('a late delivered during the soft wait cancels the redelivery', async () => {
  const to = someone();
  const patient = await startWarden({
    carriers: [relay],
    config: { bounceHandling: { softBounces: { backoffMinutes: [0.02] } } },
  });
  const { handle } = await patient.submit(mail(to));
  await patient.until(handle.workflowId, 'sent');
  await patient.report('relay', { type: 'bounced', bounce: 'soft', message: handle.workflowId });
  await patient.until(handle.workflowId, 'deferred');
  await patient.report('relay', { type: 'delivered', message: handle.workflowId });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  expect(sentTo(to)).toBe(1);
  await patient.stop();
});

verifies('feedback:once', 'a report a hundred times has one effect', async () => {
  const to = someone();
  const handle = await sent(to);
  const report = {
    reportId: randomUUID(),
    type: 'bounced' as const,
    bounce: 'soft' as const,
    message: handle.workflowId,
  };
  await Promise.all(Array.from({ length: 100 }, () => warden.store.applyReports('relay', [report])));
  const detail = await warden.store.message('default', handle.workflowId);
  expect(detail?.recipients[0]?.softBounces).toBe(1);
});

test('a report about an email that nobody was sent has no effect', async () => {
  const to = someone();
  const { handle } = await warden.submit({
    ...mail(to),
    sendAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await warden.report('relay', { type: 'bounced', bounce: 'hard', message: handle.workflowId });
  await handle.signal('deliveryReport', { reportId: 'forged', type: 'delivered' });
  expect(await handle.query('status')).toMatchObject({ status: 'scheduled' });
  const next = await warden.submit(mail(to));
  expect(next.answer.view?.verdict?.outcome).toBe('allow');
  await handle.signal('cancel');
});

test("a user's own webhook reports by signal; junk in it changes nothing", async () => {
  const handle = await sent(someone());
  await handle.signal('deliveryReport', { type: 'delivered' });
  await handle.signal('deliveryReport', 'junk');
  await handle.signal('deliveryReport');
  await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'sent' });
  await handle.signal('deliveryReport', { reportId: 'mine-1', type: 'delivered' });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('the window ends: what nobody reported on stays sent', async () => {
  const short = await startWarden({ carriers: [relay], config: { feedback: { window: '400ms' } } });
  const { handle } = await short.submit(mail(someone()));
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  await short.stop();
});

test('a window of zero closes the workflow at sent, and reports still count', async () => {
  const none = await startWarden({ carriers: [relay], config: { feedback: { window: '0s' } } });
  const { handle } = await none.submit(mail(someone()));
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  await none.report('relay', { type: 'delivered', message: handle.workflowId });
  expect(await none.store.view(handle.workflowId)).toMatchObject({ status: 'delivered' });
  await none.stop();
});

test('the status is a search attribute where the namespace knows it, and only there', async () => {
  const attributeOf = async (at: Warden): Promise<unknown> => {
    const { handle } = await at.submit(mail(someone()));
    await at.until(handle.workflowId, 'sent');
    await at.report('relay', { type: 'delivered', message: handle.workflowId });
    await handle.result();
    const { workflowExecutionInfo } = (await handle.describe()).raw;
    const data = workflowExecutionInfo?.searchAttributes?.indexedFields?.['MailwardenStatus']?.data;
    return data ? JSON.parse(new TextDecoder().decode(data)) : undefined;
  };
  expect(await attributeOf(warden)).toBe('delivered');
  const without = await startWarden({ carriers: [relay], searchAttribute: false });
  expect(await attributeOf(without)).toBeUndefined();
  await without.stop();
});
