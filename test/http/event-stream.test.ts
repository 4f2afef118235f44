/** @module Events as they happen, over a real connection: resumed, filtered, bounded, and ended by what ends it. */
import { connect } from 'node:net';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { configSchema } from '../../src/config.js';
import { serve, type RunningServer } from '../../src/server.js';
import { openDoor, type Door, type DoorOptions } from '../support/door.js';
import { admission, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

let server: RunningServer;
let door: Door;
const open = async (options: DoorOptions = {}): Promise<void> => {
  door = await openDoor(shared, options);
  server.use((request) => door.fetch(request));
};
beforeEach(async () => {
  server = await serve(configSchema.parse({ http: { port: 0 } }).http);
});
afterEach(async () => {
  for (const close of following.splice(0)) close();
  await server.close();
});

/** Ids of messages, one event each. */
async function happen(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const wanted = admission(door.mailbox);
    await shared.store.admit(wanted);
    ids.push(wanted.id);
  }
  for (let rounds = 0; rounds < 100; rounds++) if ((await shared.store.publishEvents(500)) === 0) break;
  return ids;
}

interface Following {
  status: number;
  events: EventSourceMessage[];
  comments: string[];
  /** Resolves where the server ended it. */
  ended: Promise<boolean>;
  ids(): string[];
  close(): void;
}
const following: (() => void)[] = [];

async function follow(
  query = '',
  headers: Record<string, string> = {},
  key = door.agent.apiKey,
): Promise<Following> {
  const leaving = new AbortController();
  following.push(() => leaving.abort());
  const response = await fetch(`${server.url}/v1/events/stream${query}`, {
    headers: { Authorization: `Bearer ${key}`, ...headers },
    signal: leaving.signal,
  });
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onComment: (comment) => void comments.push(comment),
  });
  const read = async (): Promise<boolean> => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        parser.feed(decoder.decode(chunk, { stream: true }));
      return true;
    } catch {
      return false;
    }
  };
  return {
    ...{ status: response.status, events, comments, ended: read(), close: () => leaving.abort() },
    ids: () => events.map((one) => (JSON.parse(one.data) as { data: { messageId: string } }).data.messageId),
  };
}

const until = (check: () => boolean): Promise<unknown> =>
  expect.poll(check, { timeout: 8_000, interval: 10 }).toBe(true);

test('events come as they are published, with the id and type that the log has', async () => {
  await open();
  await happen(1);
  const stream = await follow();
  const ids = await happen(3);
  await until(() => stream.events.length >= 3);
  expect(stream.ids()).toEqual(ids);
  const { items } = (await door.ask('GET', '/v1/events')).body as { items: { id: string; type: string }[] };
  expect(
    stream.events.map(({ id, event, data }) => ({ id, event, data: JSON.parse(data) as unknown })),
  ).toEqual(items.slice(1).map((one) => ({ id: one.id, event: one.type, data: one })));
});

test('who comes again with the last id goes on after it, and that wins over the address', async () => {
  await open();
  const ids = await happen(5);
  const first = await follow('?since=2020-01-01T00:00:00Z');
  await until(() => first.events.length >= 5);
  const [, second] = first.events;
  for (const again of [
    await follow('', { 'Last-Event-ID': second!.id! }),
    await follow('?since=2020-01-01T00:00:00Z', { 'Last-Event-ID': second!.id! }),
    await follow(`?since=${second!.id!}`),
  ]) {
    await until(() => again.events.length >= 3);
    expect(again.ids()).toEqual(ids.slice(2));
  }
  const unknown = await follow('', { 'Last-Event-ID': `evt_${'0'.repeat(32)}` });
  expect(unknown.status).toBe(400);
});

test('a stream has what it asked for: types, and a message', async () => {
  await open();
  const none = await follow('?types=message.held');
  const [wanted] = await happen(2);
  const one = await follow(`?since=2020-01-01T00:00:00Z&message=${wanted}`);
  await happen(1);
  const other = await follow('?types=message.queued,message.sent&since=2020-01-01T00:00:00Z');
  await until(() => one.events.length > 0 && other.events.length >= 3);
  expect(one.ids()).toEqual([wanted]);
  expect(none.events).toEqual([]);
});

test('a quiet stream says so, and ends when its key is revoked', async () => {
  await open({ live: { heartbeat: 60 } });
  const stream = await follow();
  await until(() => stream.comments.length >= 2);
  await shared.store.revokeKey(door.org, door.agent.row.id, 'test');
  expect(await stream.ended).toBe(true);
});

test('a busy stream ends when its key is revoked, too', async () => {
  await open({ live: { heartbeat: 60_000 } });
  const stream = await follow();
  await happen(1);
  await until(() => stream.events.length === 1);
  await shared.store.revokeKey(door.org, door.agent.row.id, 'test');
  shared.clock.advance(60_001);
  await happen(1);
  expect(await stream.ended).toBe(true);
  expect(stream.events).toHaveLength(1);
});

test('a key has so many streams and no more; one that is closed makes room', async () => {
  await open({ live: { streams: 2 } });
  const [first, second] = [await follow(), await follow()];
  const refused = await follow();
  expect([first.status, second.status, refused.status]).toEqual([200, 200, 429]);
  expect((await follow('', {}, door.reviewer.apiKey)).status).toBe(200);
  first.close();
  await expect.poll(async () => (await follow()).status, { timeout: 5_000 }).toBe(200);
});

test('HEAD takes no room: nobody reads what it would open', async () => {
  await open({ live: { streams: 1 } });
  const headers = { Authorization: `Bearer ${door.agent.apiKey}` };
  for (let i = 0; i < 5; i++) {
    const head = await fetch(`${server.url}/v1/events/stream`, { method: 'HEAD', headers });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  }
  expect((await follow()).status).toBe(200);
});

test('a place that is unknown takes no room', async () => {
  await open({ live: { streams: 1 } });
  for (let i = 0; i < 3; i++) expect((await follow(`?since=evt_${'0'.repeat(32)}`)).status).toBe(400);
  expect((await follow()).status).toBe(200);
});

test('a reader that takes nothing is not read ahead for', async () => {
  let pages = 0;
  const publishedAfter: TestStore['store']['publishedAfter'] = async (filter) => {
    pages += 1;
    // As many as there may be, each of a size.
    const position = filter.after;
    return Array.from({ length: filter.limit }, (_, i) => ({
      ...{
        position: position + i + 1,
        id: `evt_${position + i}`,
        org: filter.org,
        type: 'message.sent' as const,
      },
      ...{
        mode: 'live' as const,
        mailbox: null,
        message: 'm'.repeat(1_000),
        recipientIndex: null,
        reason: null,
        investigation: null,
        provider: null,
      },
      ...{ smtpStatus: null, suppression: null, createdAt: '2026-01-31T09:00:00.000Z', recipient: null },
    }));
  };
  await open({ store: { publishedAfter } });
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    `GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${door.agent.apiKey}\r\n\r\n`,
  );
  socket.pause();
  await until(() => pages > 0);
  let before = -1;
  // The kernel's buffers fill, and then nothing more is read.
  for (let i = 0; i < 50 && before !== pages; i++) {
    before = pages;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const stuck = pages;
  // Some megabytes; everything there is would be endless.
  expect(stuck).toBeLessThan(400);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(pages).toBe(stuck);
  socket.destroy();
  await expect
    .poll(async () => (await follow('?since=2020-01-01T00:00:00Z')).status, { timeout: 5_000 })
    .toBe(200);
}, 30_000);

test('who leaves is not looked for any more: nobody listens, nothing is asked', async () => {
  let looks = 0;
  const eventsSince: TestStore['store']['eventsSince'] = async (...args) => {
    looks += 1;
    return await shared.store.eventsSince(...args);
  };
  await open({ store: { eventsSince } });
  const streams = [await follow(), await follow()];
  await until(() => looks > 2);
  for (const one of streams) one.close();
  await expect
    .poll(
      async () => {
        const before = looks;
        await new Promise((resolve) => setTimeout(resolve, 150));
        return looks - before;
      },
      { timeout: 8_000 },
    )
    .toBe(0);
});

test('when the server stops, streams end at once and in order', async () => {
  await open();
  const stream = await follow();
  await door.live.close();
  expect(await stream.ended).toBe(true);
});
