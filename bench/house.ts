/**
 * @module The process that is measured: a worker, its store and a door, put together from the parts that
 * `mailwarden dev` is made of; and beside it, a worker of the yardstick.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { base64url } from 'jose';
import { configSchema } from '../src/config.js';
import { firstRun } from '../src/embedded/first-run.js';
import { createLog } from '../src/log.js';
import type { Provider } from '../src/providers/provider.js';
import { createReportReader } from '../src/providers/reports.js';
import {
  openDispatch,
  openDoors,
  openProviders,
  openPublisher,
  openStore,
  openTemporal,
  openWorker,
  ringOf,
} from '../src/runtime.js';
import { serve } from '../src/server.js';
import type { MailboxRow, NewMailbox, Store } from '../src/store/store.js';
import { bareDoor } from './bare-door.js';
import type { FromHouse, HouseReady, HouseSettings, ToHouse } from './messages.js';

const BARE_QUEUE = 'bare';

const say = (message: FromHouse): void => void process.send?.(message);

/** Takes everything at once. */
const nobody = (secret: string): Provider => ({
  name: 'null',
  capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' },
  async send({ recipients, beforeWire }) {
    beforeWire();
    return { recipients: recipients.map(({ index }) => ({ index, outcome: 'accepted' as const })) };
  },
  readHook: createReportReader('null', [secret]),
  describe: () => 'null',
});

/** The same store; counts each verb, which is one transaction, and tells of each email that was sent. */
function watched(store: Store, transactions: Record<string, number>): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const verb = target[name].bind(target) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        transactions[name] = (transactions[name] ?? 0) + 1;
        const answer = await verb(...args);
        if (name === 'recordReceipt') say({ type: 'sent', id: (args[0] as { id: string }).id });
        return answer;
      };
    },
  });
}

async function mailboxesIn(store: Store): Promise<HouseReady['mailboxes']> {
  const make = async (name: string, over: Partial<NewMailbox>): Promise<string> => {
    const wanted = { org: 'default', address: `${name}@localhost.test`, directStart: true, ...over };
    const most = 1_000_000;
    const limits = { hourly: most, daily: most, monthly: most };
    const policy = { limits, recipients: { perHour: 100_000 } };
    const made = await store.createMailbox({ autonomy: 'auto', ...wanted, policy }, 'bench');
    if (made === 'exists') throw new Error('the folder is not empty');
    return made.id;
  };
  const route = (provider: string): MailboxRow['route'] => [{ provider, weight: 1, failover: false }];
  return {
    null: await make('null', { route: route('null') }),
    smtp: await make('smtp', { route: route('smtp') }),
    held: await make('held', { autonomy: 'review_all' }),
  };
}

async function open({ folder, temporal: address, smtpUrl, databaseUrl }: HouseSettings): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const log = createLog('silent');
  const config = configSchema.parse({
    ...(databaseUrl !== undefined && { databaseUrl }),
    sealKeys: [`bench:${base64url.encode(randomBytes(32))}`],
    providers: [{ name: 'smtp', type: 'smtp', url: smtpUrl }],
    // Its recipients are in no DNS.
    delivery: { checkDomains: false },
    // One key asks for everything here, as fast as it can.
    http: { rateLimit: { perSecond: 1_000_000, burst: 1_000_000 } },
  });
  const transactions: Record<string, number> = {};
  const store = watched(await openStore(config, folder), transactions);
  const hookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  const providers = openProviders(config, log).set('null', nobody(hookSecret));
  const temporal = openTemporal(process.env, address);
  const parts = { config, store, temporal, providers, ring: ringOf(config), log };
  const server = await serve({ ...config.http, port: 0 });
  const doors = openDoors(parts, server.url);
  server.use(doors.fetch);
  const bare = await serve({ ...config.http, port: 0 });
  bare.use(bareDoor(temporal.client));
  const { worker, connection } = await openWorker(parts);
  const yardstick = await Worker.create({
    connection,
    taskQueue: BARE_QUEUE,
    workflowsPath: fileURLToPath(new URL('bare.ts', import.meta.url)),
    activities: { deliver: () => Promise.resolve() },
  });
  const running = Promise.all([worker.run(), yardstick.run()]);
  const rounds = [openPublisher(parts), openDispatch(parts)];
  const { keys } = await firstRun({ dataDir: folder, store, autonomy: 'auto' });
  process.on('message', ({ type }: ToHouse) => {
    if (type === 'figures') {
      globalThis.gc?.();
      say({ type: 'figures', transactions: { ...transactions }, memory: process.memoryUsage().rss });
    }
    if (type === 'stop') {
      void (async () => {
        worker.shutdown();
        yardstick.shutdown();
        await running;
        await Promise.all(rounds.map((one) => one.stop()));
        await doors.close();
        await connection.close();
        await Promise.all([server.close(), bare.close()]);
        for (const provider of providers.values()) await provider.close?.();
        await store.end();
        await temporal.close();
        process.disconnect();
      })();
    }
  });
  const mailboxes = await mailboxesIn(store);
  say({ type: 'ready', url: server.url, bareUrl: bare.url, key: keys.agent, hookSecret, mailboxes });
}

// Nobody measures any more: whoever did was killed.
process.once('disconnect', () => process.exit());
process.once('message', (message: ToHouse) => {
  if (message.type === 'open') void open(message.settings);
});
