/**
 * @module Puts a process together from its config: the store, Temporal, the providers, the doors and the
 * worker. `server`, `worker` and `dev` are made of these same parts.
 */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { blinder } from './blind.js';
import { ConfigError, type Config } from './config.js';
import { dispatchSettings, startDispatch, type RunningDispatch } from './dispatch-timer.js';
import { createApp } from './http/app.js';
import { hostCheck } from './http/host.js';
import { keyLimit } from './http/key-limit.js';
import { mailDomainsOfDoor, mailDomainsOfWorker } from './mail-domain.js';
import { composeMime } from './providers/mime.js';
import { createProviders } from './providers/index.js';
import { startPublisher } from './publisher.js';
import type { Provider } from './providers/provider.js';
import { createQueueWorkers, queueOf, together, type Runnable } from './queue-workers.js';
import { createReviewPages } from './review/index.js';
import { keyRing, type KeyRing } from './seal.js';
import type { Fetch } from './server.js';
import { within } from './service/connectivity.js';
import type { ProviderInfo } from './service/deps.js';
import { createService, type Service } from './service/index.js';
import { openLive } from './service/live.js';
import { createStore, type StoreSettings } from './store/index.js';
import { openPglite } from './store/pglite.js';
import { openPostgres } from './store/postgres.js';
import type { Store } from './store/store.js';
import type { RunningRounds } from './rounds.js';
import { startReconcile } from './reconcile-timer.js';
import { startSweep } from './sweep-timer.js';
import { packageVersion } from './version.js';
import { createWorker, sha256 } from './worker.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The org of direct starts, until another is made. */
const ORG = 'default';
const clock = (): Date => new Date();
/** What goes on after its call was answered has this long at the end; the sweep takes what is left. */
const DRAIN_MS = 3_000;

export interface TemporalAccess {
  client: Client;
  namespace: string;
  /** `host:port`, where it is not the SDK's default. */
  address?: string | undefined;
  /** For workers only; doors live without it. */
  connectNative(): Promise<NativeConnection>;
  close(): Promise<void>;
}

/** Temporal by `@temporalio/envconfig` (TEMPORAL_ADDRESS, profiles, API key, mTLS), or by address. */
export function openTemporal(env: Env, address?: string): TemporalAccess {
  const fromEnv =
    address === undefined ? loadClientConnectConfig({ overrideEnvVars: definedOnly(env) }) : undefined;
  const options = fromEnv?.connectionOptions ?? { address };
  const namespace = fromEnv?.namespace ?? 'default';
  // Lazy: a door starts, and answers 503, while Temporal is down.
  const connection = Connection.lazy(options);
  return {
    client: new Client({ connection, namespace }),
    namespace,
    address: options.address,
    connectNative: () => NativeConnection.connect(options),
    close: () => connection.close(),
  };
}

function definedOnly(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The store's share of the settings. */
export const storeSettings = (config: Config, clock: () => Date): StoreSettings => ({
  clock,
  sha256,
  blind: blinder(config.sealKeys.length === 0 ? [] : ringOf(config)),
  bounceHandling: config.bounceHandling,
  feedbackWindowMs: config.feedback.window,
  roundBackoffMs: config.delivery.roundBackoff,
  giveUpAfterMs: config.delivery.giveUpAfter,
  onUnknown: config.delivery.onUnknown,
  unknown: config.delivery.unknown,
  breaker: config.delivery.breaker,
  keepEventsMs: config.events.keepFor,
  quietForMs: config.sweep.quietFor,
});

/** PostgreSQL where `databaseUrl` is set, else PGlite in `folder`; migrated. */
export async function openStore(config: Config, folder?: string): Promise<Store> {
  if (config.databaseUrl === undefined && folder === undefined)
    throw new ConfigError('no database is set: give DATABASE_URL (postgres://…), or use `mailwarden dev`');
  const database =
    config.databaseUrl !== undefined ? openPostgres(config.databaseUrl) : await openPglite(folder);
  const store = createStore(database, storeSettings(config, clock));
  await store.migrate();
  return store;
}

/**
 * Every provider of the config, and the sandbox, at which test keys end. `own`: those made with `defineProvider`, which
 * the config names as `type: custom`.
 */
export const openProviders = (
  config: Config,
  log: Logger,
  own: readonly Provider[] = [],
): Map<string, Provider> => createProviders(config.providers, { log, own });

/** Waits for what is under way at each of them. */
export async function closeProviders(providers: ReadonlyMap<string, Provider>): Promise<void> {
  for (const provider of providers.values()) await provider.close?.();
}

export interface Parts {
  config: Config;
  store: Store;
  temporal: TemporalAccess;
  providers: Map<string, Provider>;
  ring: KeyRing;
  log: Logger;
}

/** What people may know of them: nothing that is secret, and no host. */
const providerInfos = (config: Config, providers: ReadonlyMap<string, Provider>): ProviderInfo[] =>
  config.providers.flatMap(({ name, type, rateLimit }) => {
    const provider = providers.get(name);
    if (provider === undefined) return [];
    const { capabilities } = provider;
    const limited = rateLimit && { rateLimit, taskQueue: queueOf(config.taskQueue, name) };
    return [{ name, type, capabilities, ...limited }];
  });

/** The key ring of the config; a server and its workers need the same one. */
export const ringOf = (config: Config): KeyRing => keyRing(config.sealKeys);

export interface Doors {
  service: Service;
  /** The API, the hooks and the review pages. */
  fetch: Fetch;
  /** Ends event streams and waits, which would keep a connection open. */
  close(): Promise<void>;
}

/** `publicUrl`: where people reach this server, without a trailing slash. */
export function openDoors(parts: Parts, publicUrl: string): Doors {
  const { config, store, temporal, providers, ring, log } = parts;
  const live = openLive({ store, log, interval: config.events.interval });
  const service = createService({
    ...{ store, live },
    temporal: {
      client: temporal.client,
      taskQueue: config.taskQueue,
      ...(temporal.address !== undefined && { address: temporal.address }),
    },
    ring,
    clock,
    sha256,
    randomId: randomUUID,
    publicUrl,
    dedupeWindowMs: config.dedupe.window,
    mime: composeMime,
    mailDomains: mailDomainsOfDoor(clock),
    hookReaders: Object.fromEntries(providers),
    providers: providerInfos(config, providers),
    serverOrg: ORG,
    hookEndpoints: hookEndpointsOf(config),
    allowPrivateWebhooks: config.webhooks.allowPrivate,
    log,
  });
  const checkHost = hostCheck([config.http.host, ...config.http.allowedHosts, new URL(publicUrl).hostname]);
  const pages = createReviewPages({
    ...{ service, clock, randomId: randomUUID, publicUrl, checkHost, log },
    trustProxy: config.http.trustProxy,
  });
  const limit = keyLimit(config.http.rateLimit, clock);
  const api = createApp({
    ...{ service, config: config.http, limit, publicUrl, log, clock },
    ...{ randomId: randomUUID, version: packageVersion() },
  });
  const isPage = ({ url }: Request): boolean => /^\/review(\/|$)/u.test(new URL(url).pathname);
  return {
    service,
    fetch: (request, bindings) => (isPage(request) ? pages : api).fetch(request, bindings),
    close: async () => {
      await live.close();
      await within(DRAIN_MS, service.idle(), () => new Error('too late')).catch(() => undefined);
    },
  };
}

/** Of the providers that have one. */
const hookEndpointsOf = ({ providers }: Config): Record<string, string> =>
  Object.fromEntries(
    providers.flatMap(({ name, webhookEndpoint }) =>
      webhookEndpoint === undefined ? [] : [[name, webhookEndpoint]],
    ),
  );

/**
 * A worker on the config's task queue, and on those of providers with a rate limit; the caller runs it and closes the
 * connection after it.
 */
export async function openWorker(
  parts: Parts,
  reviewUrl?: string,
): Promise<{ worker: Runnable; connection: NativeConnection }> {
  const { config, store, temporal, providers, ring, log } = parts;
  const connection = await temporal.connectNative();
  const setup = {
    connection,
    namespace: temporal.namespace,
    taskQueue: config.taskQueue,
    dependencies: {
      ...{ store, providers, config, ring, clock, directOrg: ORG, reviewUrl, log },
      mailDomains: mailDomainsOfWorker(config, clock),
    },
  };
  const worker = together(await createWorker(setup), await createQueueWorkers(setup));
  return { worker, connection };
}

/** Runs beside each worker; one of them all sweeps at a time. Stop it before the store closes. */
export function openSweep({ config, store, temporal, log }: Parts): RunningRounds {
  return startSweep({
    ...{ store, temporal, clock, log, holder: randomUUID() },
    interval: config.sweep.interval,
    dedupeWindowMs: config.dedupe.window,
  });
}

/** Runs beside each worker; all of them share the work. Stop it before the store and the providers close. */
export function openReconcile({ config, store, temporal, providers, log }: Parts): RunningRounds {
  const { interval } = config.delivery.unknown;
  return startReconcile({ store, temporal, providers, clock, log, interval });
}

/** Runs beside each worker; one of them all publishes at a time. Stop it before the store closes. */
export function openPublisher({ config, store, log }: Parts): RunningRounds {
  return startPublisher({ store, log, interval: config.events.interval });
}

/** Runs beside each worker; all of them share the work. Stop it before the store closes. */
export function openDispatch({ config, store, ring, log }: Parts): RunningDispatch {
  return startDispatch({
    ...{ store, ring, log, clock, random: Math.random, version: packageVersion() },
    ...dispatchSettings(config),
  });
}
