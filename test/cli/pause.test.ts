/** @module `mailwarden pause` and `resume`: exactly what was named, and nothing by forgetting a flag. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const run = (...words: string[]): ReturnType<typeof runCli> =>
  runCli(words, {
    env: { MAILWARDEN_URL: 'http://localhost:8025', MAILWARDEN_API_KEY: door.admin.apiKey },
    fetch: async (url, init) => await door.fetch(new Request(url, init)),
  });

test.each([
  ['--org', () => '', async () => (await shared.store.org(door.org)).status],
  [
    '--mailbox',
    () => door.mailbox.address,
    async () => (await shared.store.mailbox(door.org, door.mailbox.id))?.status,
  ],
  [
    '--key',
    () => door.agent.row.id,
    async () => (await shared.store.key({ org: door.org, line: null, id: door.agent.row.id }))?.status,
  ],
])('%s is paused and resumed', async (flag, name, status) => {
  const words = [flag, name()].filter((word) => word !== '');
  expect(await run('pause', ...words)).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('paused'),
  });
  expect(await status()).toBe('paused');
  expect(JSON.parse((await run('resume', ...words, '--json')).out)).toMatchObject({ status: 'active' });
  expect(await status()).toBe('active');
});

test('without a word on what, or with two, nothing is paused', async () => {
  for (const words of [
    ['pause'],
    ['pause', '--org', '--key', 'key_x'],
    ['pause', '--mailbox', 'm', '--reason', 'r'],
  ])
    expect(await run(...words)).toMatchObject({ code: 2, err: expect.stringContaining('--') });
  expect((await shared.store.org(door.org)).status).toBe('active');
});
