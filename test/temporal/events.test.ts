/** @module The event log beside real workflows: an email's whole way, streamed, waited for and listed. */
import { randomUUID } from 'node:crypto';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPublisher } from '../../src/publisher.js';
import type { RunningRounds } from '../../src/rounds.js';
import { carrier } from '../support/carrier.js';
import { openDoor, type Door } from '../support/door.js';
import type { TestStore } from '../support/store.js';
import { startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let door: Door;
let publisher: RunningRounds;

beforeAll(async () => {
  warden = await startWarden({ carriers: [carrier('relay')], config: { feedback: { window: '20s' } } });
  const clock = (): Date => new Date();
  door = await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { autonomy: 'review_all' },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ...{ ring: warden.ring, clock },
    },
  });
  publisher = startPublisher({ store: warden.store, interval: 20, log: { warn: () => undefined } });
});
afterAll(async () => {
  await door.live.close();
  await publisher.stop();
  await warden.stop();
});

/** Types as they come; ends when the door does. */
async function stream(): Promise<string[]> {
  const response = await door.fetch(
    new Request('http://localhost/v1/events/stream', {
      headers: { Authorization: `Bearer ${door.agent.apiKey}` },
    }),
  );
  expect(response.status).toBe(200);
  const types: string[] = [];
  const parser = createParser({ onEvent: ({ event = '' }) => void types.push(event) });
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      parser.feed(decoder.decode(chunk, { stream: true }));
  })();
  return types;
}

test('held, approved, sent and delivered: each is streamed once, in order, and ends the wait for it', async () => {
  const streamed = await stream();
  const body = { to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hi' };
  const { id, digest } = (await door.ask('POST', '/v1/messages', { body })).body as Record<string, string>;
  const sent = door.ask('GET', `/v1/messages/${id}?wait=60`);
  const final = door.ask('GET', `/v1/messages/${id}?wait=60&until=final`);
  const decision = { key: door.reviewer.apiKey, body: { action: 'approve', digest } };
  expect((await door.ask('POST', `/v1/messages/${id}/decision`, decision)).status).toBe(200);
  expect((await sent).body.status).toBe('sent');
  await warden.report('relay', { type: 'delivered', message: id ?? '' });
  expect((await final).body.status).toBe('delivered');
  const whole = ['message.held', 'message.approved', 'message.sent', 'message.delivered'];
  await expect.poll(() => streamed, { timeout: 5_000 }).toEqual(whole);
  const { items } = (await door.ask('GET', `/v1/events?message=${id}`)).body as { items: { type: string }[] };
  expect(items.map((one) => one.type)).toEqual(whole);
});

test('an id is waited for before any worker has taken it up', async () => {
  await warden.stopWorker();
  const body = { to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hi' };
  const { id, status } = (await door.ask('POST', '/v1/messages', { body })).body as Record<string, string>;
  expect(status).toBe('queued');
  const admitted = door.ask('GET', `/v1/messages/${id}?wait=60&until=admitted`);
  await warden.startWorker();
  expect((await admitted).body).toMatchObject({ id, status: 'held' });
});
