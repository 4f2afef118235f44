/** @module The first key of an org, made by whoever has the database; on a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerBootstrap } from '../../src/cli/bootstrap.js';
import { hashKey } from '../../src/service/keys-format.js';
import { createStore, openPostgres } from '../../src/store/index.js';
import type { Store } from '../../src/store/store.js';
import { runCli, type Ran } from '../support/cli.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { testSettings } from '../support/store.js';

let server: TestPostgres;
let url: string;
let store: Store;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database('bootstrap');
  store = createStore(
    openPostgres(url),
    testSettings(() => new Date()),
  );
}, 60_000);
afterAll(async () => {
  await store.end();
  await server.stop();
});

const bootstrap = async (...argv: string[]): Promise<Ran> =>
  await runCli(['bootstrap', ...argv], { env: { DATABASE_URL: url }, more: [registerBootstrap] });

test('an empty database gets its tables, and the org a key that makes all others', async () => {
  const { code, out, err } = await bootstrap('--org', 'acme', '--name', 'Grace');
  expect([code, out]).toEqual([0, expect.stringMatching(/^mw_live_[0-9A-Za-z]{38}\n$/u)]);
  expect(err).toContain('administers the organisation acme');
  expect(err).not.toContain(out.trim());
  expect(await store.callerOf(hashKey(out.trim()))).toMatchObject({
    ...{ org: 'acme', kind: 'person', mode: 'live', mailboxes: null },
    scopes: [
      'org:admin',
      'policy:admin',
      'suppressions:write',
      'consents:write',
      'webhooks:write',
      'messages:read',
    ],
  });
});

test('it is made once, unless it is forced, and never said twice', async () => {
  const again = await bootstrap('--org', 'acme');
  expect([again.code, again.out]).toEqual([2, '']);
  expect(again.err).toContain('--force');
  const forced = await bootstrap('--org', 'acme', '--force', '--json');
  const made = JSON.parse(forced.out);
  expect(made).toMatchObject({ org: 'acme', name: 'admin', apiKey: expect.stringMatching(/^mw_live_/u) });
  expect([forced.code, forced.err]).toEqual([0, '']);
  expect(await store.callerOf(hashKey(made.apiKey))).toMatchObject({ org: 'acme', key: made.id });
});

test('another org on the same database is another tenant', async () => {
  const { out } = await bootstrap('--org', 'other-2', '--json');
  const { id } = JSON.parse(out);
  expect((await store.keys({ org: 'other-2', line: null, limit: 10 })).items.map((one) => one.id)).toEqual([
    id,
  ]);
  expect(await store.key({ org: 'acme', line: null, id })).toBeNull();
});

test('of several at once one makes it', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => bootstrap('--org', 'race')));
  expect(all.map((one) => one.code).sort()).toEqual([0, 2, 2, 2]);
});

test.each([
  [['--org', 'Acme'], 'lower-case'],
  [['--org', '-x'], 'lower-case'],
  [['--org', 'a'.repeat(41)], 'at most 40'],
  [['--org', 'fresh', '--name', 'a\nb'], 'one line'],
  [[], '--org'],
])('%j is said to be wrong, before anything is touched', async (argv, why) => {
  const { code, out, err } = await runCli(['bootstrap', ...argv], { more: [registerBootstrap] });
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(why);
});

test('without a database it says what to set', async () => {
  const { code, err } = await runCli(['bootstrap', '--org', 'acme'], { more: [registerBootstrap] });
  expect([code, err]).toEqual([1, expect.stringContaining('DATABASE_URL')]);
});
