/** @module `mailwarden events`, with and without `--follow`; and the upload of a file. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { configSchema } from '../../src/config.js';
import { serve } from '../../src/server.js';
import { runCli } from '../support/cli.js';
import { openDoor, type Door } from '../support/door.js';
import { admission, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

async function happen(door: Door): Promise<string> {
  const wanted = admission(door.mailbox);
  await shared.store.admit(wanted);
  await shared.store.publishEvents(500);
  return wanted.id;
}

const at = (door: Door, over: Partial<Io> = {}): Partial<Io> => ({
  env: { MAILWARDEN_URL: 'http://localhost:8025', MAILWARDEN_API_KEY: door.agent.apiKey },
  fetch: async (url, init) => await door.fetch(new Request(url, init)),
  ...over,
});

test('what happened is a line each, filtered, and JSON for a pipe', async () => {
  const door = await openDoor(shared);
  const [first, second] = [await happen(door), await happen(door)];
  const all = await runCli(['events'], at(door));
  expect([all.code, all.err]).toEqual([0, '']);
  expect(all.out.split('\n')).toEqual([
    expect.stringMatching(new RegExp(`^2026-\\S+  message\\.queued +${first}$`, 'u')),
    expect.stringContaining(second),
    '',
  ]);
  const one = await runCli(
    ['events', '--message', second, '--types', 'message.queued,message.sent', '--json'],
    at(door),
  );
  expect(JSON.parse(one.out)).toMatchObject({ type: 'message.queued', data: { messageId: second } });
  expect((await runCli(['events', 'list', '--limit', '1'], at(door))).out).toContain('message.queued');
  const wrong = await runCli(['events', '--types', 'message.lost'], at(door));
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('types')]);
});

test('followed, it prints what happens from then on, until its reader has enough', async () => {
  const door = await openDoor(shared);
  const server = await serve(configSchema.parse({ http: { port: 0 } }).http);
  server.use((request) => door.fetch(request));
  try {
    await happen(door);
    const env = { MAILWARDEN_URL: server.url, MAILWARDEN_API_KEY: door.agent.apiKey };
    const lines: string[] = [];
    const stdout = (line: string): void => {
      lines.push(line);
      if (lines.length === 2) throw new Error('that will do');
    };
    const following = runCli(['events', '--follow'], { env, fetch: globalThis.fetch, stdout });
    const ids: string[] = [];
    for (let tries = 0; tries < 100 && lines.length < 2; tries++) {
      ids.push(await happen(door));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await following).toMatchObject({ code: 1, err: expect.stringContaining('that will do') });
    expect(ids).toContain(/msg\S+|\S+$/u.exec(lines[0]!.trim())?.[0]);
  } finally {
    await server.close();
  }
});

test('a file is uploaded by its path, and can be looked up by its digest', async () => {
  const door = await openDoor(shared);
  const bytes = Buffer.from('%PDF-1.7');
  const files = { 'dir/report.pdf': bytes.toString() };
  const up = await runCli(['attachments', 'upload', 'dir/report.pdf', '--json'], { ...at(door), files });
  expect([up.code, up.err]).toEqual([0, '']);
  const { sha256, contentType, size } = JSON.parse(up.out);
  expect([sha256, contentType, size]).toEqual([
    createHash('sha256').update(bytes).digest('hex'),
    ...['application/pdf', bytes.length],
  ]);
  expect((await runCli(['attachments', 'get', sha256], at(door))).code).toBe(0);
  expect(await runCli(['attachments', 'upload', 'nowhere'], at(door))).toMatchObject({ code: 2 });
});
