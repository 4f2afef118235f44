/** @module What `mailwarden doctor` finds on a house that is well, and on one where everything is missing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.js';
import { compareClocks } from '../../src/doctor/clock.js';
import { diagnose, type DoctorDeps, type Finding } from '../../src/doctor/index.js';
import { checkTemporal } from '../../src/doctor/temporal.js';
import { createLog } from '../../src/log.js';
import { openTemporal } from '../../src/runtime.js';
import { createStore, openPostgres } from '../../src/store/index.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { startSmtpServer, type RunningSmtp } from '../support/smtp.js';
import { testSettings } from '../support/store.js';
import { connectTemporal, ownTaskQueue, temporalAddress, type TemporalAccess } from '../support/temporal.js';
import { bundle } from '../support/warden.js';
import { Worker } from '@temporalio/worker';

let postgres: TestPostgres;
let smtp: RunningSmtp;
let temporal: TemporalAccess;
beforeAll(async () => {
  [postgres, smtp, temporal] = await Promise.all([startPostgres(), startSmtpServer(), connectTemporal()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([postgres.stop(), smtp.stop(), temporal.close()]);
});

const SEAL_KEY = `k:${'a'.repeat(43)}`;
const NOBODY = '127.0.0.1:9';

const deps = (config: object, over: Partial<DoctorDeps> = {}): DoctorDeps => ({
  config: parseConfig(config, 'test'),
  hasUrl: true,
  openTemporal: () => openTemporal({}, temporalAddress()),
  fetch: () => Promise.reject(new TypeError('fetch failed')),
  clock: () => new Date(),
  log: createLog('silent'),
  nodeVersion: process.versions.node,
  ...over,
});

const statusOf = (findings: Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ check, status }) => [check, status]));

test('a house that is well is found well, with nothing to mend', async () => {
  const databaseUrl = await postgres.database('well');
  const db = openPostgres(databaseUrl);
  await createStore(
    db,
    testSettings(() => new Date()),
  ).migrate();
  await db.destroy();
  const taskQueue = ownTaskQueue('doctor');
  const worker = await Worker.create({
    ...{ connection: temporal.connection, taskQueue, workflowBundle: bundle() },
    activities: { nothing: async () => undefined },
  });
  const findings = await worker.runUntil(async () => {
    const answer = (path: string): unknown =>
      path.endsWith('/readyz')
        ? { store: 'ok', temporal: 'ok' }
        : { mode: 'live', scopes: ['messages:read'] };
    const config = {
      ...{ databaseUrl, taskQueue, sealKeys: [SEAL_KEY], client: { apiKey: 'mw_live_a' } },
      providers: [{ name: 'relay', type: 'smtp', url: smtp.url }],
    };
    const fetch = async (url: unknown): Promise<Response> => Response.json(answer(String(url)));
    let found: Finding[] = [];
    // The server learns of a new poller with its first poll.
    await expect
      .poll(async () => statusOf((found = await diagnose(deps(config, { fetch }))))['workflow pollers'], {
        timeout: 15_000,
      })
      .toBe('ok');
    return found;
  });
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    ...['node', 'seal keys', 'temporal', 'temporal namespace', 'search attribute', 'workflow pollers'],
    ...['activity pollers', 'stuck workflows', 'database', 'database clock', 'migrations', 'provider relay'],
    ...['server', 'api key'],
  ]);
});

test('what is missing is named, each with its mend, and no secret is said', async () => {
  const config = {
    ...{ databaseUrl: `postgres://u:hidden@${NOBODY}/d`, taskQueue: ownTaskQueue('unpolled') },
    providers: [
      { name: 'relay', type: 'smtp', url: `smtp://u:hidden@${NOBODY}`, rateLimit: { perSecond: 5 } },
    ],
    client: { url: `http://${NOBODY}`, apiKey: 'mw_live_hidden' },
  };
  const findings = await diagnose(deps(config, { nodeVersion: '18.20.0' }));
  expect(statusOf(findings)).toMatchObject({
    ...{ node: 'failed', 'seal keys': 'failed', database: 'failed', server: 'failed' },
    ...{ 'provider relay': 'failed', 'workflow pollers': 'failed', 'activity pollers': 'failed' },
    ...{ 'delivery pollers': 'failed' },
  });
  const unpolled = findings.find(({ check }) => check === 'delivery pollers');
  expect(unpolled?.detail).toContain(`${config.taskQueue}.relay`);
  for (const { status, check, mend } of findings)
    if (status === 'failed') expect([check, mend?.length]).toEqual([check, expect.any(Number)]);
  expect(JSON.stringify(findings)).not.toContain('hidden');
  const away = await diagnose(deps({}, { openTemporal: () => openTemporal({}, NOBODY), hasUrl: false }));
  expect(statusOf(away)).toMatchObject({ temporal: 'failed', server: 'skipped', database: 'skipped' });
});

test('a database without migrations, and a namespace that is not there, are told from one that is away', async () => {
  const databaseUrl = await postgres.database('empty');
  const empty = statusOf(await diagnose(deps({ databaseUrl, sealKeys: [SEAL_KEY] })));
  expect([empty['database'], empty['migrations']]).toEqual(['ok', 'failed']);
  const { client } = await connectTemporal('nowhere');
  const found = await checkTemporal({
    client,
    namespace: 'nowhere',
    taskQueue: 'x',
    clock: () => new Date(),
  });
  expect(found.at(-1)).toMatchObject({
    ...{ check: 'temporal namespace', status: 'failed' },
    mend: 'temporal operator namespace create --namespace nowhere',
  });
  await client.connection.close();
});

test('clocks that differ by more than half a minute are a warning, whatever the answer took', () => {
  const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, second));
  expect(compareClocks('clock', at(5), at(0), at(10)).status).toBe('ok');
  expect(compareClocks('clock', at(0), at(29), at(40)).status).toBe('ok');
  expect(compareClocks('clock', at(0), at(31), at(40))).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('31 s'),
  });
  expect(compareClocks('clock', at(50), at(0), at(10)).status).toBe('warning');
});
