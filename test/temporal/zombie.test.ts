/**
 * @module Attempts that wake when others have moved on: before their claim, before the wire, after a failover,
 * and after a person said "not sent". Each finds the way shut, and one email is on the wire in all.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Delivery } from '../../src/providers/provider.js';
import { carrier, type Answer, type Carrier } from '../support/carrier.js';
import { gate, type Gate } from '../support/gate.js';
import { verifies } from '../support/requirements.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

/** One try at each provider, given up on soon. */
const HASTY = {
  retry: { maximumAttempts: 1, initialInterval: '50ms', maximumInterval: '100ms' },
  timeouts: { scheduleToStart: '10s', startToClose: '1500ms', heartbeat: '1300ms', scheduleToClose: '20s' },
};

let warden: Warden;
let first: Carrier;
let second: Carrier;
beforeAll(async () => {
  [first, second] = [carrier('first'), carrier('second')];
  warden = await startWarden({ carriers: [first, second], patience: HASTY });
});
afterAll(() => warden.stop());

const mail = (): object => ({ to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' });
const wire = ({ workflowId }: Handle): string[] =>
  [first, second].flatMap((by) => by.sent.filter((one) => one.id === workflowId).map(() => by.name));

/** What became of a zombie: it went to the wire, or found the way shut. */
interface Zombie {
  answer: Answer;
  woken: Gate;
  end: Promise<'sent' | 'shut'>;
}

/** Sleeps between its claim and the wire, and then goes on as if nothing had happened. */
function zombie(): Zombie {
  const woken = gate();
  let ended = (_: 'sent' | 'shut'): void => undefined;
  const end = new Promise<'sent' | 'shut'>((resolve) => (ended = resolve));
  const answer = async (delivery: Delivery): ReturnType<Extract<Answer, (...args: never) => unknown>> => {
    await woken.arrive();
    try {
      delivery.beforeWire();
    } catch (error) {
      ended('shut');
      throw error;
    }
    first.sent.push({ id: delivery.id, subject: '', to: [], messageId: '' });
    ended('sent');
    return { recipients: delivery.recipients.map(({ index }) => ({ index, outcome: 'accepted' })) };
  };
  return { answer, woken, end };
}

verifies(
  'send:once/races',
  'a zombie attempt that wakes after failover finds the way to the wire shut',
  async () => {
    const sleeper = zombie();
    first.answers = [sleeper.answer];
    const { handle } = await warden.submit(mail());
    await warden.until(handle.workflowId, 'sent');
    expect(wire(handle)).toEqual(['second']);
    sleeper.woken.open();
    expect(await sleeper.end).toBe('shut');
    await warden.report('second', { type: 'delivered', message: handle.workflowId });
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(wire(handle)).toEqual(['second']);
  },
);

verifies(
  'send:once/races',
  'a zombie attempt that wakes before its claim is not let through: not when it was voided, not when another was sent',
  async () => {
    const { claim } = warden.store;
    for (const moment of ['voided', 'sent'] as const) {
      const woken = gate();
      const others = gate();
      const claims: Promise<unknown>[] = [];
      warden.store.claim = async (request) => {
        const isZombie = request.provider === 'first';
        const answer = (isZombie ? woken : others).arrive().then(() => claim(request));
        if (isZombie) claims.push(answer);
        return await answer;
      };
      const { handle } = await warden.submit(mail());
      await expect.poll(others.arrived, SOON).toBe(1);
      if (moment === 'sent') others.open();
      await warden.until(handle.workflowId, moment === 'sent' ? 'sent' : 'queued');
      woken.open();
      expect(await claims[0]).toMatchObject({ answer: 'no' });
      others.open();
      await warden.until(handle.workflowId, 'sent');
      warden.store.claim = claim;
      await warden.report('second', { type: 'delivered', message: handle.workflowId });
      expect(await handle.result()).toMatchObject({ status: 'delivered' });
      expect(wire(handle)).toHaveLength(1);
    }
  },
);

verifies(
  'send:once/races',
  'a zombie attempt that wakes after its unknown was resolved as not sent finds the way shut',
  async () => {
    const sleeper = zombie();
    first.answers = [sleeper.answer];
    const { recordReceipt } = warden.store;
    // Its worker froze between claim and wire: nobody learns that nothing was sent.
    warden.store.recordReceipt = () => Promise.reject(new Error('frozen'));
    const { handle } = await warden.submit(mail());
    await warden.until(handle.workflowId, 'unknown');
    warden.store.recordReceipt = recordReceipt;
    expect(wire(handle)).toEqual([]);

    const notSent = { as: 'not_sent', unknown: [{ index: 0, attempt: 1, try: 1 }] };
    await expect
      .poll(() => warden.update(handle, 'resolve', notSent), { timeout: 10_000, interval: 100 })
      .not.toBe('lease_active');
    await warden.until(handle.workflowId, 'sent');
    const [by] = wire(handle);
    sleeper.woken.open();
    expect(await sleeper.end).toBe('shut');
    await warden.report(by ?? '', { type: 'delivered', message: handle.workflowId });
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(wire(handle)).toHaveLength(1);
  },
);

verifies(
  'send:once/races',
  'a zombie attempt whose refusal arrives after another was sent changes nothing, and frees nobody',
  async () => {
    const { recordReceipt } = warden.store;
    const woken = gate();
    const receipts: Promise<unknown>[] = [];
    first.answers = [{ outcome: 'not_sent_retry', reason: 'transient' }];
    warden.store.recordReceipt = (write) => {
      if (write.provider !== 'first') return recordReceipt(write);
      const late = woken.arrive().then(() => recordReceipt(write));
      receipts.push(late);
      return late;
    };
    const { handle } = await warden.submit(mail());
    // Nobody knows of the refusal, so nobody else may send.
    await warden.until(handle.workflowId, 'unknown');
    const notSent = { as: 'not_sent', unknown: [{ index: 0, attempt: 1, try: 1 }] };
    await expect
      .poll(() => warden.update(handle, 'resolve', notSent), { timeout: 10_000, interval: 100 })
      .not.toBe('lease_active');
    await expect.poll(() => wire(handle), SOON).toHaveLength(1);
    woken.open();
    warden.store.recordReceipt = recordReceipt;
    await Promise.all(receipts);
    await warden.until(handle.workflowId, 'sent');
    await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'sent' });
    expect(wire(handle)).toHaveLength(1);
  },
);
