/** @module Failover: which refusals let the next provider try, and what a provider that is dead costs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmtpProvider } from '../../src/providers/smtp/smtp.js';
import type { FailoverTrigger } from '../../src/core/delivery/triggers.js';
import { carrier, type Answer, type Carrier } from '../support/carrier.js';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpScript } from '../support/smtp.js';
import { mail, SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const refusal = (reason: 'transient' | 'rate' | 'quota'): Answer => ({ outcome: 'not_sent_retry', reason });
const CONTENT: Answer = { outcome: 'not_sent_permanent', reason: 'content', smtpStatus: '5.7.1' };

describe('routes and triggers', () => {
  let warden: Warden;
  let first: Carrier;
  let second: Carrier;
  beforeAll(async () => {
    [first, second] = [carrier('first'), carrier('second')];
    warden = await startWarden({
      carriers: [first, second],
      config: {
        delivery: {
          ...{ roundBackoff: ['200ms'], giveUpAfter: '30s' },
          routes: [
            { recipientDomains: ['*.far.example'], providers: [{ provider: 'second' }] },
            { categories: ['commercial'], providers: [{ name: 'bulk', provider: 'second' }] },
          ],
        },
      },
    });
  });
  afterAll(() => warden.stop());

  const sentBy = ({ sent }: Carrier, { workflowId }: Handle): number =>
    sent.filter((one) => one.id === workflowId).length;
  const wire = (handle: Handle): number[] => [first, second].map((one) => sentBy(one, handle));

  /** Sends from a mailbox with this route; gives up on nothing but what it answers. */
  async function sent(failoverTriggers?: FailoverTrigger[]): Promise<Handle> {
    const providers = ['first', 'second'].map((provider, i) => ({
      ...{ provider, weight: 1 - i, failover: i > 0 },
    }));
    const mailbox = await warden.store.createMailbox(
      {
        ...{ org: 'default', address: `m-${randomUUID()}@example.com`, autonomy: 'auto', directStart: true },
        route: { providers, ...(failoverTriggers && { failoverTriggers }) },
      },
      'test',
    );
    if (mailbox === 'exists') throw new Error();
    return (await warden.submit(mail({ mailbox: mailbox.id }))).handle;
  }

  test('a refusal whose trigger is off keeps the email: it waits a round and goes there, not elsewhere', async () => {
    first.answers = [refusal('quota'), refusal('quota')];
    const handle = await sent(['5xx_errors', 'timeout']);
    await warden.until(handle.workflowId, 'sent');
    expect(wire(handle)).toEqual([1, 0]);
    const trace = await warden.store.trace('default', handle.workflowId);
    expect(trace.filter((one) => one.type === 'delivery.round_over')).toHaveLength(1);
  });

  test('with its trigger on the same refusal lets the next provider try', async () => {
    first.answers = [refusal('quota'), refusal('quota')];
    const handle = await sent(['quota']);
    await warden.until(handle.workflowId, 'sent');
    expect(wire(handle)).toEqual([0, 1]);
  });

  test('refused content goes to nobody else, unless the route says so; then the last refusal is final', async () => {
    first.answers = [CONTENT];
    const kept = await sent();
    expect(await kept.result()).toMatchObject({ status: 'failed' });
    expect(second.calls).toBe(sentCount(second));

    first.answers = [CONTENT];
    const passed = await sent(['refused']);
    await warden.until(passed.workflowId, 'sent');
    expect(wire(passed)).toEqual([0, 1]);

    [first.answers, second.answers] = [[CONTENT], [CONTENT]];
    const refused = await sent(['refused']);
    expect(await refused.result()).toMatchObject({ status: 'failed' });
    const detail = await warden.store.message('default', refused.workflowId);
    expect(detail?.recipients).toMatchObject([{ reason: 'content', smtpStatus: '5.7.1' }]);
  });
  const sentCount = ({ sent: all }: Carrier): number => all.length;

  test('the route is chosen by category and by where the recipients are', async () => {
    const bulk = (await warden.submit(mail({ category: 'commercial' }))).handle;
    const far = (await warden.submit(mail({ to: ['a@x.far.example', 'b@y.far.example'] }))).handle;
    const mixed = (await warden.submit(mail({ to: ['a@x.far.example', 'b@near.example'] }))).handle;
    for (const { workflowId } of [bulk, far, mixed]) await warden.until(workflowId, 'sent');
    expect([bulk, far, mixed].map(wire)).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test('Retry-After is waited for at the same provider, or, where it is longer than that provider gets, elsewhere', async () => {
    const begun: number[] = [];
    const busy =
      (retryAfter: number): Answer =>
      async ({ recipients }) => {
        begun.push(Date.now());
        return {
          recipients: recipients.map(({ index }) => ({ index, outcome: 'not_sent_retry', reason: 'rate' })),
          retryAfter,
        };
      };
    first.answers = [busy(900)];
    const soon = await sent();
    await warden.until(soon.workflowId, 'sent');
    expect(wire(soon)).toEqual([1, 0]);
    expect(Date.now() - (begun[0] ?? Date.now())).toBeGreaterThanOrEqual(900);

    first.answers = [busy(60_000)];
    const late = await sent();
    await warden.until(late.workflowId, 'sent');
    expect(wire(late)).toEqual([0, 1]);
    expect(begun).toHaveLength(2);
  });
});

/** At once; as many as may be at a provider when it dies. */
const PARALLEL = 10;
const EMAILS = 200;

describe('a provider that is dead', () => {
  let server: ScriptedSmtp;
  let script: SmtpScript = {};
  const dead = (name: string) =>
    createSmtpProvider({ name, url: server.url, timeouts: { connection: 300, greeting: 300, socket: 300 } });
  beforeAll(async () => {
    server = await startScriptedSmtp(
      new Proxy<SmtpScript>({}, { get: (_, point) => Reflect.get(script, point) as unknown }),
    );
  });
  afterAll(() => server.stop());

  /** So many emails, some at a time. */
  async function submitted(warden: Warden, count: number): Promise<string[]> {
    const ids: string[] = [];
    const next = async (): Promise<void> => {
      while (ids.length < count) {
        const id = `test_${randomUUID()}`;
        ids.push(id);
        await warden.submit(mail(), id);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, next));
    return ids;
  }

  test('it costs a few time-outs, not one per email, and the next one carries them all', async () => {
    script = { greeting: ['', 'hang'] };
    const provider = dead('dead');
    const second = carrier('second');
    const warden = await startWarden({
      carriers: [provider, second],
      mailbox: { policy: { limits: { hourly: 1_000, daily: 1_000 } } },
      config: { delivery: { roundBackoff: ['100ms'], breaker: { openFor: '5m' } } },
      workerOptions: { maxConcurrentActivityTaskExecutions: PARALLEL },
    });
    try {
      const ids = await submitted(warden, EMAILS);
      const carried = (): number => new Set(second.sent.map((one) => one.id)).size;
      await expect.poll(carried, { timeout: 90_000, interval: 100 }).toBe(EMAILS);
      expect(second.sent).toHaveLength(EMAILS);
      // Those under way when it opened, and the five that opened it.
      expect(server.connections()).toBeLessThanOrEqual(3 * PARALLEL);
      expect(await warden.store.breakers({ org: 'default', mailboxes: null })).toMatchObject([
        {
          provider: 'dead',
          state: 'open',
          reason: expect.stringMatching(/^(timeout|transient)$/u) as string,
        },
      ]);
      const views = await Promise.all(ids.map((id) => warden.store.view(id)));
      expect(new Set(views.map((one) => one?.status))).toEqual(new Set(['sent']));
    } finally {
      await warden.stop();
      await provider.close?.();
    }
  }, 150_000);

  test('with nobody else they wait; once it answers one probe goes first, and then all, each once', async () => {
    script = { greeting: ['', 'hang'] };
    const before = server.connections();
    const provider = dead('dead');
    const warden = await startWarden({
      carriers: [provider],
      config: {
        delivery: { roundBackoff: ['100ms'], giveUpAfter: '5m', breaker: { openFor: '2s', longest: '2s' } },
        feedback: { window: '0s' },
      },
      workerOptions: { maxConcurrentActivityTaskExecutions: PARALLEL },
    });
    try {
      const ids = await submitted(warden, 30);
      const opened = async (): Promise<string | undefined> =>
        (await warden.store.breakers({ org: 'default', mailboxes: null }))[0]?.state;
      await expect.poll(opened, SOON).toMatch(/open/u);
      const asked = server.connections() - before;
      expect(asked).toBeLessThanOrEqual(3 * PARALLEL);
      server.received.length = 0;
      script = {};
      await expect.poll(() => server.received.length, { timeout: 60_000, interval: 100 }).toBe(ids.length);
      for (const id of ids) await warden.until(id, 'sent');
      expect(await opened()).toBeUndefined();
      const seen = server.received.map(({ raw }) => /^Message-ID: (.*)$/imu.exec(raw)?.[1]);
      expect(new Set(seen).size).toBe(ids.length);
    } finally {
      await warden.stop();
      await provider.close?.();
    }
  }, 120_000);
});
