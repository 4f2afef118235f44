/** @module Limits on the way of an email: who goes now, who waits for the next hour, and never one too many. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailboxRow, NewMailbox } from '../../src/store/store.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { verifies } from '../support/requirements.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const HOUR = 3_600_000;
const hourOf = (at: Date): Date => new Date(Math.floor(at.getTime() / HOUR) * HOUR);

/** The store's clock stands still, so that no test meets the end of an hour; a test moves it. */
let now: Date;
/** In the middle of the next hour: what waits there asks for nothing while the test runs. */
const ahead = (): Date => new Date(hourOf(new Date()).getTime() + 1.5 * HOUR);
/** At the end of the last hour: what waits until it is over may go as soon as the clock says so. */
const behind = (): Date => new Date(hourOf(new Date()).getTime() - 1_000);

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  now = ahead();
  relay = carrier('relay');
  warden = await startWarden({
    carriers: [relay],
    clock: () => new Date(now),
    config: { feedback: { window: '0s' } },
  });
});
afterAll(() => warden.stop());

async function mailboxWith(more: Partial<NewMailbox>): Promise<MailboxRow> {
  const made = await warden.store.createMailbox(
    { org: 'default', address: `m-${randomUUID()}@example.com`, directStart: true, ...more },
    'test',
  );
  if (made === 'exists') throw new Error();
  return made;
}
const mail = (mailbox: MailboxRow, more: object = {}): object => ({
  ...{ mailbox: mailbox.id, to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' },
  ...more,
});
const wire = ({ workflowId }: Handle): number => relay.sent.filter((one) => one.id === workflowId).length;
/** For a crowd on a busy machine. */
const PATIENT = { timeout: 25_000, interval: 250 };
const statusesOf = async (handles: Handle[]): Promise<(string | undefined)[]> =>
  await Promise.all(handles.map(async ({ workflowId }) => (await warden.store.view(workflowId))?.status));
const countOf = <T>(list: T[], wanted: T): number => list.filter((one) => one === wanted).length;

test('a limit of 1 per hour with its own reservation: the email that holds the one place goes, at each try; the next is denied', async () => {
  now = ahead();
  const mailbox = await mailboxWith({ autonomy: 'auto', policy: { limits: { hourly: 1 } } });
  relay.answers = [{ outcome: 'not_sent_retry', reason: 'transient' }];
  const first = await warden.submit(mail(mailbox));
  expect(await first.handle.result()).toMatchObject({ status: 'sent' });
  expect([relay.answers.length, wire(first.handle)]).toEqual([0, 1]);
  const next = await warden.submit(mail(mailbox));
  expect(next.answer.view?.verdict?.checks).toContainEqual(
    expect.objectContaining({
      ...{ rule: 'rate_limit_hourly', status: 'failed', effect: 'deny' },
      evidence: { current: 1, limit: 1 },
    }),
  );
  expect(await next.handle.result()).toMatchObject({ status: 'denied' });
  expect(wire(next.handle)).toBe(0);
});

test('a limit of 1 per hour that waits: the second email goes in the next hour, by itself', async () => {
  now = behind();
  const mailbox = await mailboxWith({
    autonomy: 'auto',
    policy: { limits: { hourly: 1, onLimit: 'wait' } },
  });
  const first = await warden.submit(mail(mailbox));
  expect(await first.handle.result()).toMatchObject({ status: 'sent' });
  const second = await warden.submit(mail(mailbox));
  const until = new Date(hourOf(now).getTime() + HOUR);
  expect(second.answer.view).toMatchObject({
    status: 'scheduled',
    waitingFor: { reason: 'rate_limit', until: until.toISOString() },
  });
  // It has asked, and was told that it is not yet so: asking has raised the version.
  const version = async (): Promise<number> =>
    (await warden.store.view(second.handle.workflowId))?.version ?? 0;
  const before = await version();
  await expect.poll(version, SOON).toBeGreaterThan(before);
  expect(wire(second.handle)).toBe(0);
  now = until;
  expect(await second.handle.result()).toMatchObject({ status: 'sent' });
  expect(wire(second.handle)).toBe(1);
});

verifies(
  'policy:before-wire',
  'approval in a review_all mailbox really sends; at a limit of 1 per hour one of two that are approved at once, and the other waits',
  async () => {
    now = ahead();
    const mailbox = await mailboxWith({ autonomy: 'review_all', policy: { limits: { hourly: 1 } } });
    const both = await Promise.all([warden.submit(mail(mailbox)), warden.submit(mail(mailbox))]);
    for (const { answer } of both) expect(answer.view?.status).toBe('held');
    await Promise.all(
      both.map(({ handle, answer }) =>
        warden.signal(handle, 'approve', { by: 'alice', digest: answer.view?.digest ?? '' }),
      ),
    );
    const handles = both.map((one) => one.handle);
    await expect.poll(async () => (await statusesOf(handles)).sort(), SOON).toEqual(['scheduled', 'sent']);
    const [waits] = (await Promise.all(handles.map((one) => warden.store.view(one.workflowId)))).filter(
      (one) => one?.status === 'scheduled',
    );
    expect(waits?.waitingFor).toEqual({
      reason: 'rate_limit',
      until: new Date(hourOf(now).getTime() + HOUR).toISOString(),
    });
    expect(handles.map(wire).sort()).toEqual([0, 1]);
  },
);

/** Fewer than in test/store/postgres-crowd.test.ts, which asks the same of the store alone: 500 against 100. */
const HELD = 50;
const CAP = 10;

test('50 held mails approved at once against a cap of 10: 10 go, and each other has its hour', async () => {
  now = ahead();
  const mailbox = await mailboxWith({
    autonomy: 'review_all',
    policy: { limits: { hourly: CAP, daily: HELD } },
  });
  const handles = await Promise.all(Array.from({ length: HELD }, () => warden.start(mail(mailbox))));
  const statuses = async (): Promise<Record<string, number>> => {
    const all = await statusesOf(handles);
    return Object.fromEntries(all.map((one) => [one ?? 'none', countOf(all, one)]));
  };
  await expect.poll(statuses, PATIENT).toEqual({ held: HELD });
  await Promise.all(handles.map((one) => warden.signal(one, 'approve', { by: 'alice' })));
  await expect.poll(statuses, PATIENT).toEqual({ sent: CAP, scheduled: HELD - CAP });
  expect(handles.map(wire).filter((one) => one > 0)).toEqual(Array<number>(CAP).fill(1));
  const views = await Promise.all(handles.map((one) => warden.store.view(one.workflowId)));
  const hours = views.flatMap((one) => one?.waitingFor?.until ?? []);
  const next = [1, 2, 3, 4].map((hour) => new Date(hourOf(now).getTime() + hour * HOUR).toISOString());
  expect(next.map((one) => countOf(hours, one))).toEqual([CAP, CAP, CAP, CAP]);
}, 60_000);
