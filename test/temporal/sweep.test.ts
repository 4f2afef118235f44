/** @module The sweep on a real Temporal: what lost workflows leave is settled, late ones are woken, stuck ones named. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { reportReceiver } from '../../src/service/receive-reports.js';
import { waker } from '../../src/service/waker.js';
import type { ServiceDeps } from '../../src/service/deps.js';
import { startSweep } from '../../src/sweep-timer.js';
import { sweep, type SweepDeps, type Swept } from '../../src/sweep.js';
import type { MailboxRow, NewMailbox, TraceEntry } from '../../src/store/store.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { verifies } from '../support/requirements.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const HOUR = 3_600_000;
const clock = (): Date => new Date();

let warden: Warden;
let relay: Carrier;
/** Nobody listens there. */
let away: Client;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { sweep: { quietFor: '20ms' } } });
  away = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });
});
afterAll(async () => {
  await away.connection.close();
  await warden.stop();
});

const mail = (more: object = {}): object => ({
  ...{ to: `ann-${randomUUID()}@example.com`, subject: `s ${randomUUID()}`, text: 'hello', ...more },
});
const later = (): object => mail({ sendAt: new Date(Date.now() + HOUR).toISOString() });

async function mailbox(more: Partial<NewMailbox>): Promise<MailboxRow> {
  const address = `box-${randomUUID()}@example.com`;
  const made = await warden.store.createMailbox(
    { org: 'default', address, autonomy: 'auto', directStart: true, ...more },
    'test',
  );
  if (made === 'exists') throw new Error('it exists');
  return made;
}

async function held(): Promise<Handle> {
  const { id } = await mailbox({ autonomy: 'review_all' });
  const { handle } = await warden.submit(mail({ mailbox: id }));
  await warden.until(handle.workflowId, 'held');
  return handle;
}

/** One round, by a process of its own that leaves at once. */
const round = (over: Partial<SweepDeps> = {}): Promise<Swept | null> =>
  sweep({
    ...{ store: warden.store, temporal: warden.temporal, clock, holder: randomUUID(), interval: 0 },
    ...{ dedupeWindowMs: HOUR, log: { info: () => 0, warn: () => 0, error: () => 0 } as never, ...over },
  });

/** Rounds until the message has this status. */
async function sweptTo(id: string, status: string): Promise<TraceEntry[]> {
  const statusNow = async (): Promise<string | undefined> => {
    await round();
    return (await warden.store.view(id))?.status;
  };
  await expect.poll(statusNow, SOON).toBe(status);
  return await warden.store.trace('default', id);
}

/** When it would be looked at next, which a look moves. */
const lookedAt = async (id: string): Promise<boolean> =>
  !(await warden.store.unswept(1_000)).some((one) => one.id === id);

verifies(
  'send:none-lost/terminated',
  'terminated while held: it has failed, the trace says why, and nobody can approve it',
  async () => {
    const handle = await held();
    const id = handle.workflowId;
    await handle.terminate();
    const trace = await sweptTo(id, 'failed');
    expect(
      trace.slice(-2).map(({ type, by, data }) => [type, by, data['reason'] ?? data['reasons']]),
    ).toEqual([
      ['workflow.lost', 'sweep', 'workflow_terminated'],
      ['message.failed', 'sweep', ['workflow_terminated']],
    ]);
    expect(await warden.store.view(id)).toMatchObject({ stage: 'closed' });
    const detail = await warden.store.message('default', id);
    const { digest } = detail!;
    const approve = { id, action: 'approve' as const, digest, by: 'p', via: 'door' as const };
    expect((await warden.store.decide(approve)).result).toBe('too_late');
    expect(relay.sent.filter((one) => one.id === id)).toEqual([]);
  },
);

test('terminated while it waits for room: its place goes to the next one', async () => {
  const { id: box } = await mailbox({ policy: { limits: { hourly: 1, onLimit: 'wait' } } });
  const first = await warden.submit(mail({ mailbox: box }));
  await warden.until(first.handle.workflowId, 'sent');
  const second = await warden.submit(mail({ mailbox: box }));
  const until = second.answer.view?.waitingFor?.until;
  expect(until).toBeDefined();
  await second.handle.terminate();
  await sweptTo(second.handle.workflowId, 'failed');
  const third = await warden.submit(mail({ mailbox: box }));
  // It goes at once where the hour has just begun; an hour later than the second where that kept its place.
  expect([until, undefined]).toContain(third.answer.view?.waitingFor?.until);
  await third.handle.signal('cancel');
});

test('terminated while scheduled, and deleted: it has failed', async () => {
  const terminated = await warden.submit(later());
  const deleted = await warden.submit(later());
  await terminated.handle.terminate();
  await warden.temporal.client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: deleted.handle.workflowId },
  });
  await sweptTo(terminated.handle.workflowId, 'failed');
  const trace = await sweptTo(deleted.handle.workflowId, 'failed');
  // Deleted workflows are terminated first, and then go.
  expect(trace.find((one) => one.type === 'workflow.lost')?.data['reason']).toMatch(
    /^workflow_(not_found|terminated)$/u,
  );
});

test('terminated while claimed: nothing is settled before the lease ends; then unknown, until a report comes', async () => {
  const { recordReceipt } = warden.store;
  warden.store.recordReceipt = () => Promise.reject(new Error('the database is gone'));
  const { handle } = await warden.submit(mail());
  const id = handle.workflowId;
  await warden.until(id, 'sending');
  await handle.terminate();
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    await round();
    const detail = await warden.store.message('default', id);
    if (detail?.status === 'unknown') {
      expect(Date.now()).toBeGreaterThanOrEqual(new Date(detail.attempts[0]!.leaseUntil).getTime());
      break;
    }
    expect(detail?.status).toBe('sending');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  warden.store.recordReceipt = recordReceipt;
  expect(await warden.store.view(id)).toMatchObject({ status: 'unknown', stage: 'feedback' });
  await warden.report('relay', { type: 'delivered', message: id });
  expect(await warden.store.view(id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  expect(relay.sent.filter((one) => one.id === id)).toHaveLength(1);
});

test('an id under which a stranger runs by now: what the first run left is settled all the same', async () => {
  const handle = await held();
  const id = handle.workflowId;
  await handle.terminate();
  const stranger = await warden.temporal.client.workflow.start('sendEmail', {
    ...{ workflowId: id, taskQueue: `nobody-${randomUUID()}`, args: [mail()] },
  });
  await sweptTo(id, 'failed');
  expect((await stranger.describe()).status.name).toBe('RUNNING');
  await stranger.terminate();
});

test('a workflow that goes its way is looked at and left alone', async () => {
  const handle = await held();
  const before = (await handle.describe()).historyLength;
  const looked = async (): Promise<boolean> => {
    await round();
    return await lookedAt(handle.workflowId);
  };
  await new Promise((resolve) => setTimeout(resolve, 30));
  await expect.poll(looked, SOON).toBe(true);
  expect((await handle.describe()).historyLength).toBe(before);
  expect(await warden.store.view(handle.workflowId)).toMatchObject({ status: 'held' });
  await handle.signal('cancel');
});

test('a report whose wake-up was lost closes its workflow after the next round', async () => {
  const { handle } = await warden.submit(mail());
  const id = handle.workflowId;
  await warden.until(id, 'sent');
  const report: ProviderReport = { reportId: randomUUID(), type: 'delivered', message: id };
  const door = {
    ...{ store: warden.store, clock, deadlines: { connect: 50, wake: 50 } },
    temporal: { client: away, taskQueue: warden.taskQueue },
    hookReaders: { relay: { readHook: async () => ({ reports: [report] }) } },
    log: { info: () => 0, warn: () => 0, error: () => 0 },
  } as unknown as ServiceDeps;
  const hook = { provider: 'relay', body: new Uint8Array(), headers: new Headers() };
  expect(await reportReceiver(door, waker(door, 1_000))(hook)).toMatchObject({ applied: 1 });
  expect((await handle.describe()).status.name).toBe('RUNNING');
  const ended = async (): Promise<string> => {
    await round();
    return (await handle.describe()).status.name;
  };
  await expect.poll(ended, SOON).toBe('COMPLETED');
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  await expect.poll(() => lookedAt(id), SOON).toBe(true);
});

test('a soft bounce that nobody told the workflow of is sent again all the same', async () => {
  const { handle } = await warden.submit(mail());
  const id = handle.workflowId;
  await warden.until(id, 'sent');
  await warden.store.applyReports('relay', [
    { reportId: randomUUID(), type: 'bounced', bounce: 'soft', message: id },
  ]);
  const sent = async (): Promise<number> => {
    await round();
    return relay.sent.filter((one) => one.id === id).length;
  };
  await expect.poll(sent, SOON).toBe(2);
  await warden.report('relay', { type: 'delivered', message: id });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('while Temporal is away, or knows no such namespace, nothing is settled', async () => {
  const handle = await held();
  await handle.terminate();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const nowhere = new Client({ connection: warden.temporal.client.connection, namespace: 'nowhere' });
  const lines: unknown[] = [];
  const log = { info: () => 0, warn: (line: unknown) => lines.push(line), error: () => 0 } as never;
  for (const client of [away, nowhere]) {
    const swept = await round({ temporal: { client }, deadlines: { connect: 50, ask: 500 }, log });
    expect(swept).toMatchObject({ settled: 0, woken: 0 });
    expect(await warden.store.view(handle.workflowId)).toMatchObject({ status: 'held' });
  }
  expect(lines).toHaveLength(1);
  await sweptTo(handle.workflowId, 'failed');
});

test('a worker at another namespace settles nothing: every workflow would seem lost there', async () => {
  const handle = await held();
  await handle.terminate();
  await new Promise((resolve) => setTimeout(resolve, 30));
  await round();
  const second = await held();
  await second.terminate();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const { store } = warden;
  const takeLease: typeof store.takeLease = (lease) =>
    store.takeLease(lease.name === 'temporal namespace' ? { ...lease, holder: 'another' } : lease);
  const lines: unknown[] = [];
  const log = { info: () => 0, warn: () => 0, error: (...line: unknown[]) => lines.push(line) } as never;
  const { unswept, looked, settleLost, deleteExpired } = store;
  const elsewhere = { takeLease, unswept, looked, settleLost, deleteExpired };
  expect(await round({ store: elsewhere, log })).toMatchObject({ looked: 0, settled: 0 });
  expect(lines).toHaveLength(1);
  expect(await store.view(second.workflowId)).toMatchObject({ status: 'held' });
  await sweptTo(second.workflowId, 'failed');
});

test('of several workers one sweeps in each interval', async () => {
  const holders = ['a', 'b', 'c', 'd'];
  const rounds = await Promise.all(holders.map((holder) => round({ holder, interval: 60_000 })));
  expect(rounds.filter((one) => one !== null)).toHaveLength(1);
  // The round is over and its interval is not.
  expect(await round()).toBeNull();
  const holder = holders[rounds.findIndex((one) => one !== null)]!;
  expect(await round({ holder, interval: 0 })).not.toBeNull();
  expect(await round()).not.toBeNull();
});

test('the timer sweeps round after round, and stops when the round in flight is over', async () => {
  const handle = await held();
  const deps: SweepDeps = {
    ...{ store: warden.store, temporal: warden.temporal, clock, holder: randomUUID(), interval: 50 },
    ...{ dedupeWindowMs: HOUR, log: { info: () => 0, warn: () => 0, error: () => 0 } as never },
  };
  const sweeping = startSweep(deps);
  await new Promise((resolve) => setTimeout(resolve, 120));
  await handle.terminate();
  await warden.until(handle.workflowId, 'failed');
  await sweeping.stop();

  let release = (): void => undefined;
  let begun = (): void => undefined;
  const inFlight = new Promise<void>((resolve) => (begun = resolve));
  const unswept = async (): Promise<[]> => {
    begun();
    await new Promise<void>((resolve) => (release = resolve));
    return [];
  };
  const slow = startSweep({ ...deps, store: { ...warden.store, unswept } });
  await inFlight;
  let stopped = false;
  const stop = slow.stop().then(() => (stopped = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(stopped).toBe(false);
  release();
  await stop;
});
