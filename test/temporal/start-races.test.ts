/** @module One email that is asked for, claimed or tried many times at once, with two workers at it: it goes out once. */
import { randomUUID } from 'node:crypto';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { gate } from '../support/gate.js';
import { verifies } from '../support/requirements.js';
import type { TestStore } from '../support/store.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const RACERS = 20;

let warden: Warden;
let relay: Carrier;
let door: Door;
let another: NativeConnection;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({
    carriers: [relay],
    config: { feedback: { window: '0s' } },
    // A try is given up on soon, so that the next one meets it.
    patience: {
      retry: { maximumAttempts: 2, initialInterval: '50ms', maximumInterval: '100ms' },
      timeouts: { scheduleToStart: '20s', startToClose: '2s', heartbeat: '1500ms', scheduleToClose: '25s' },
    },
  });
  // One connection carries one worker of a queue.
  another = await NativeConnection.connect({ address: warden.temporal.address });
  await warden.startWorker([relay], { connection: another });
  const clock = (): Date => new Date();
  door = await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { org: 'default', address: 'both@example.com', directStart: true },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ring: warden.ring,
      clock,
      deadlines: { update: 20_000 },
    },
  });
});
afterAll(async () => {
  await warden.stop();
  await another.close();
});

interface Mail {
  to: string;
  subject: string;
  text: string;
}
const mail = (): Mail => ({ to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' });
const wire = ({ subject }: Mail): number => relay.sent.filter((one) => one.subject === subject).length;
const direct = async (request: object): Promise<string> => {
  const handle: Handle = await warden.start({ mailbox: door.mailbox.id, ...request });
  return (await handle.result()).id;
};
const byDoor = async (request: object, key: string): Promise<string> => {
  const answer: Answer = await door.ask('POST', `/v1/mailboxes/${door.mailbox.id}/messages`, {
    body: request,
    headers: { 'Idempotency-Key': key },
  });
  expect(answer.status).toBe(202);
  return answer.body.id;
};
const times = <T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => run(i)));

/** All were told of the same email, and it is the only one that went out. */
async function isOne(request: Mail, ids: string[]): Promise<void> {
  expect(new Set(ids).size).toBe(1);
  await warden.until(ids[0] ?? '', 'sent');
  expect(wire(request)).toBe(1);
}

verifies('send:once/races', `${RACERS} direct starts at once with one key are one email`, async () => {
  const request = mail();
  const dedupeKey = randomUUID();
  await isOne(request, await times(RACERS, () => direct({ ...request, dedupeKey })));
});

verifies('send:once/races', `${RACERS} submits at once at the door with one key are one email`, async () => {
  const request = mail();
  const key = randomUUID();
  await isOne(request, await times(RACERS, () => byDoor(request, key)));
});

verifies('send:once/races', 'direct starts and submits at once with one key are one email', async () => {
  const request = mail();
  const key = randomUUID();
  const ids = await times(RACERS, (i) =>
    i % 2 === 0 ? direct({ ...request, dedupeKey: key }) : byDoor(request, key),
  );
  await isOne(request, ids);
});

verifies(
  'send:once/races',
  'two tries of one delivery that claim at the same moment send once, or nobody knows and nothing went',
  async () => {
    const { claim } = warden.store;
    await times(4, async () => {
      const request = mail();
      const both = gate(2);
      const handle = await warden.start(request);
      const ours = warden.store.claim;
      warden.store.claim = async (one) => {
        if (one.id !== handle.workflowId) return await ours(one);
        await both.arrive();
        return await claim(one);
      };
      await expect.poll(both.arrived, SOON).toBe(2);
      await expect
        .poll(async () => (await warden.store.view(handle.workflowId))?.status, SOON)
        .toMatch(/sent|unknown/u);
      const status = (await warden.store.view(handle.workflowId))?.status;
      expect([
        ['sent', 1],
        ['unknown', 0],
      ]).toContainEqual([status, wire(request)]);
    });
    warden.store.claim = claim;
  },
);
