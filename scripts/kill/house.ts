/**
 * @module Everything that runs: Temporal on disk, PostgreSQL, two workers and a server, each a process of its
 * own that is killed and started again on the same data and ports.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema, type ConfigInput } from '../../src/config.js';
import { freePort } from '../../src/embedded/free-port.js';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';
import { spawnTemporal } from '../../src/embedded/temporal-child.js';
import { askHealth } from '../../src/embedded/temporal-health.js';
import { storeSettings } from '../../src/runtime.js';
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import { createStore, openPostgres, type Tables } from '../../src/store/index.js';
import type { Kysely } from 'kysely';
import type { NewMailbox, Store } from '../../src/store/store.js';
import { startPostgres, type TestPostgres } from '../../test/support/postgres.js';
import { sleep } from './chance.js';
import { Supervised } from './supervised.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Milliseconds that a process may take until it works, on a machine with much to do. */
const UP_WITHIN = 60_000;

export const TARGETS = ['worker-1', 'worker-2', 'server', 'temporal', 'postgres'] as const;
export type Target = (typeof TARGETS)[number];

/** Those that are ours, each with a config file of its own. */
export type Resident = Exclude<Target, 'temporal' | 'postgres'>;
const RESIDENTS: readonly Resident[] = ['worker-1', 'worker-2', 'server'];

export interface HouseOptions {
  /** What stands in the config file. */
  settings: (resident: Resident) => ConfigInput | Promise<ConfigInput>;
  /** Variables that the settings name. */
  secrets: Readonly<Record<string, string>>;
  /** The ports at which it is to find the database and Temporal, where there are wires in between. */
  wires?: (resident: Resident, straight: Ports) => Promise<Ports>;
  mailboxes: readonly Pick<NewMailbox, 'address' | 'autonomy' | 'route'>[];
}

export interface Ports {
  database: number;
  temporal: number;
}

export interface House {
  api: string;
  agentKey: string;
  reviewerKey: string;
  store: Store;
  database: Kysely<Tables>;
  /** Where Temporal is found without a wire in between. */
  temporal: string;
  /** `kill -9` of all of these at once. */
  kill(targets: readonly Target[]): Promise<void>;
  start(targets: readonly Target[]): Promise<void>;
  /** False where one of them doesn't work within the time. */
  up(targets: readonly Target[], ms?: number): Promise<boolean>;
  /** How often processes ended by themselves, because what they need was away. */
  ownEnds(): number;
  /** The last lines of a process's log. */
  lastWords(target: Target): string;
  stop(): Promise<void>;
}

export async function openHouse({ settings, secrets, wires, mailboxes }: HouseOptions): Promise<House> {
  const dir = mkdtempSync(join(tmpdir(), 'mailwarden-kill-'));
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  const binary = await findTemporalBinary({ env: process.env, home: homedir(), say: () => undefined });
  const postgres = await startPostgres();
  const databaseUrl = await postgres.database('mailwarden');
  const [port, uiPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const sealKey = `k1:${randomBytes(32).toString('base64url')}`;
  const envs = new Map<Resident, Record<string, string | undefined>>();
  for (const one of RESIDENTS) {
    const straight = { database: postgres.port, temporal: port };
    const ports = (await wires?.(one, straight)) ?? straight;
    const configFile = join(dir, `${one}.yaml`);
    writeFileSync(configFile, JSON.stringify(await settings(one)));
    envs.set(one, {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], ...secrets },
      DATABASE_URL: databaseUrl.replace(`:${postgres.port}/`, `:${ports.database}/`),
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      MAILWARDEN_SEAL_KEYS: sealKey,
      MAILWARDEN_CONFIG: configFile,
    });
  }

  const logOf = (name: Target): string => join(dir, `${name}.log`);
  const mailwarden = (name: Resident, args: readonly string[], isUp: Supervised['isUp']): Supervised =>
    new Supervised(
      name,
      () => {
        // A log of its own for each start: what it says is about this one.
        const log = openSync(logOf(name), 'w');
        const child = spawn(process.execPath, [CLI, ...args, '--log-level', 'warn'], {
          env: envs.get(name),
          stdio: ['ignore', log, log],
        });
        closeSync(log);
        return child;
      },
      isUp,
    );
  const works = (name: Target) => () => read(logOf(name)).includes('Mailwarden works on');
  const api = `http://127.0.0.1:${apiPort}`;
  const processes = {
    temporal: new Supervised(
      'temporal',
      (): ChildProcess =>
        spawnTemporal({ binary, dataDir: dir, port, uiPort, logLevel: 'error', env: process.env }).process,
      async () => (await askHealth(`127.0.0.1:${port}`)) !== null,
    ),
    'worker-1': mailwarden('worker-1', ['worker'], works('worker-1')),
    'worker-2': mailwarden('worker-2', ['worker'], works('worker-2')),
    server: mailwarden('server', ['server', '--port', String(apiPort)], () => isHealthy(api)),
  };
  const database = openPostgres(databaseUrl, { max: 5 });
  const store = createStore(
    database,
    storeSettings(configSchema.parse({}), () => new Date()),
  );
  const [agentKey, reviewerKey] = [makeKey('live'), makeKey('live')];
  await store.migrate();
  await seed(store, mailboxes, agentKey, reviewerKey);

  const house: House = {
    ...{ api, agentKey, reviewerKey, store, database, temporal: `127.0.0.1:${port}` },
    async kill(targets) {
      await Promise.all(targets.map((one) => (one === 'postgres' ? postgres.kill() : processes[one].kill())));
    },
    async start(targets) {
      for (const one of targets) if (one !== 'postgres') processes[one].start();
      if (targets.includes('postgres')) await startAgain(postgres);
    },
    async up(targets, ms = UP_WITHIN) {
      // PostgreSQL was waited for when it was started.
      const others = targets.filter((one) => one !== 'postgres');
      return (await Promise.all(others.map((one) => processes[one].up(ms)))).every(Boolean);
    },
    ownEnds: () => Object.values(processes).reduce((sum, one) => sum + one.ownEnds, 0),
    lastWords: (target) => read(logOf(target)).slice(-2_000),
    async stop() {
      for (const one of Object.values(processes)) await one.stop();
      await store.end();
      await postgres.stop();
      removeDir();
      process.off('exit', removeDir);
    },
  };
  processes.temporal.start();
  await house.up(['temporal']);
  for (const one of RESIDENTS) processes[one].start();
  if (!(await house.up(TARGETS))) {
    const words = TARGETS.map((one) => house.lastWords(one)).join('\n');
    await house.stop();
    throw new Error(`not everything came up:\n${words}`);
  }
  return house;
}

/** The mailboxes, and keys of an agent and of a person. */
async function seed(
  store: Store,
  mailboxes: HouseOptions['mailboxes'],
  agentKey: string,
  reviewerKey: string,
): Promise<void> {
  // So much is more than a mailbox may send, and a recipient may get, by default.
  const most = 1_000_000;
  const limits = { hourly: most, daily: most, monthly: most };
  const policy = { limits, recipients: { perHour: 100_000 } };
  for (const one of mailboxes) await store.createMailbox({ org: 'default', ...one, policy }, 'kill');
  const made = { org: 'default', mode: 'live', mailboxes: null, madeBy: null } as const;
  await store.createKey({
    ...{ ...made, hash: hashKey(agentKey), name: 'agent', principal: { kind: 'agent', name: 'agent' } },
    scopes: ['messages:send', 'messages:read'],
  });
  await store.createKey({
    ...{ ...made, hash: hashKey(reviewerKey), name: 'rita', principal: { kind: 'person', name: 'rita' } },
    scopes: ['approvals:decide', 'messages:read'],
  });
}

/** Its shared memory may still be held for a moment by those who have not seen its end. */
async function startAgain(postgres: TestPostgres): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await postgres.start();
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await sleep(250);
    }
  }
}

async function isHealthy(api: string): Promise<boolean> {
  try {
    return (await fetch(`${api}/healthz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
