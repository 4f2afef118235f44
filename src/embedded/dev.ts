/**
 * @module `mailwarden dev`: everything in one process tree, durable on disk, nothing to install. Settings
 * of Temporal or PostgreSQL in the environment put the real thing in the place of the embedded one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadConfig, type Config, type ConfigInput } from '../config.js';
import type { Autonomy } from '../core/policy/schema.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import { hostCheck } from '../http/host.js';
import { CAPTURE, signReports } from '../providers/index.js';
import {
  closeProviders,
  openDispatch,
  openDoors,
  openProviders,
  openPublisher,
  openStore,
  openReconcile,
  openSweep,
  openTemporal,
  openWorker,
  ringOf,
  type Parts,
} from '../runtime.js';
import { serve } from '../server.js';
import type { MailboxRow, Store } from '../store/store.js';
import { startCaptureInbox, type CaptureInbox } from './capture-inbox.js';
import { lockDataDir } from './data-lock.js';
import { devSecrets, type DevSecrets } from './dev-secrets.js';
import { firstRun, type DevKeys } from './first-run.js';
import { createInboxPage } from './inbox-page.js';
import { findTemporalBinary } from './temporal-binary.js';
import { startTemporalServer } from './temporal-server.js';
import { keepRunning } from '../worker-loop.js';

export interface DevOptions {
  /** 0 picks a free one. */
  port: number;
  dataDir: string;
  /** Absent: `auto` while the route is the capture inbox, else `review_all`. */
  autonomy?: Autonomy | undefined;
  env: Readonly<Record<string, string | undefined>>;
  log: Logger;
  /** Progress for a person. */
  say: (line: string) => void;
  /** Something that `dev` can't do without has failed for good. */
  onFailure: (error: Error) => void;
}

/** The one line of `--json`; its members are fixed. */
export interface Ready {
  api: string;
  review: string;
  mcp: string;
  temporal: string;
  temporalUi: string | null;
  captureSmtp: string;
  inbox: string;
  mailbox: string;
  keys: DevKeys;
}

export interface Dev {
  ready: Ready;
  /** Drains and stops all of it, in the order in which nothing is lost. */
  stop: () => Promise<void>;
}

type Close = () => Promise<void> | void;

/** @throws with one clear line where a part can't start; what had started by then is stopped. */
export async function startDev(options: DevOptions): Promise<Dev> {
  // Closed in reverse: what was opened last depends on what was opened first.
  const closers: Close[] = [];
  const stop = async (): Promise<void> => {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  };
  try {
    return { ready: await start(options, closers), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: DevOptions, closers: Close[]): Promise<Ready> {
  const { env, log, say } = options;
  const lock = lockDataDir(options.dataDir);
  closers.push(() => {
    lock.release();
  });
  const { dataDir } = lock;
  const secrets = devSecrets(dataDir);
  const inbox = await startCaptureInbox({ dataDir, clock: () => new Date(), say });
  closers.push(() => inbox.stop());
  const config = devConfig(options, secrets, inbox);

  // The port comes first: everything that names this server needs it, and a taken one is said at once.
  const http = await serve(config.http);
  closers.push(() => http.close());

  const server = await openEmbeddedTemporal(options, dataDir);
  if (server) closers.push(() => server.stop());
  const temporal = openTemporal(env, server?.address);
  closers.push(() => temporal.close());
  const store = await openStore(config, join(dataDir, 'postgres'));
  closers.push(() => store.end());
  const { mailbox, keys } = await firstRun({ dataDir, store, autonomy: autonomyFor(options, config) });
  await settleAutonomy(store, mailbox, options, config);

  const providers = openProviders(config, log);
  closers.push(() => closeProviders(providers));
  const parts: Parts = { config, store, temporal, providers, ring: ringOf(config), log };

  const api = config.http.publicUrl ?? http.url;
  const report = (one: ProviderReport): Promise<{ status: number }> => postReport(http.url, secrets, one);
  const checkHost = hostCheck([config.http.host, ...config.http.allowedHosts, new URL(api).hostname]);
  const page = createInboxPage({ inbox, report, checkHost });
  const doors = openDoors(parts, api);
  const isInbox = ({ url }: Request): boolean => /^\/inbox(\/|$)/u.test(new URL(url).pathname);
  http.use((request, bindings) => (isInbox(request) ? page : doors).fetch(request, bindings));
  const worker = await keepRunning(() => openWorker(parts, `${api}/review`), log, options.onFailure);
  const sweep = openSweep(parts);
  const reconcile = openReconcile(parts);
  const publisher = openPublisher(parts);
  const dispatch = openDispatch(parts);
  closers.push(
    () => dispatch.stop(),
    () => publisher.stop(),
    () => worker.stop(),
    () => sweep.stop(),
    () => reconcile.stop(),
    // First of all the door: nothing new comes in while the rest drains.
    () => http.close(),
    () => doors.close(),
  );

  return {
    api,
    review: `${api}/review`,
    mcp: `${api}/mcp`,
    temporal: server?.address ?? env['TEMPORAL_ADDRESS'] ?? 'from the Temporal profile',
    temporalUi: server?.uiUrl ?? null,
    captureSmtp: inbox.address,
    inbox: `${api}/inbox`,
    mailbox: mailbox.id,
    keys,
  };
}

/** The capture inbox is the route until a real provider is configured. */
function devConfig({ env, port }: DevOptions, secrets: DevSecrets, inbox: CaptureInbox): Config {
  const defaults: ConfigInput = {
    approval: { signals: 'any' },
    sealKeys: secrets.sealKeys,
    // What is tried out here runs here.
    webhooks: { allowPrivate: true },
    // One person's machine, and all that it runs shares a few keys: tests and checkers are no abuse here.
    http: { rateLimit: { perSecond: 500, burst: 1000 } },
  };
  const config = loadConfig(env, (path) => readFileSync(path, 'utf8'), defaults);
  const captured: ConfigInput['providers'] = [
    {
      name: CAPTURE,
      type: 'capture',
      url: `smtp://${inbox.address}`,
      webhookSecret: secrets.captureWebhookSecret,
    },
  ];
  const providers =
    config.providers.length > 0
      ? config.providers
      : loadConfig({}, String, { providers: captured }).providers;
  return { ...config, providers, http: { ...config.http, port } };
}

async function openEmbeddedTemporal(
  { env, say, onFailure }: DevOptions,
  dataDir: string,
): Promise<Awaited<ReturnType<typeof startTemporalServer>> | null> {
  if (env['TEMPORAL_ADDRESS'] || env['TEMPORAL_PROFILE'] || env['TEMPORAL_CONFIG_FILE']) return null;
  const home = env['HOME'] ?? dataDir;
  const binary = await findTemporalBinary({ env, home, say });
  say(`Temporal's CLI is ${binary}`);
  return await startTemporalServer({ binary, dataDir, env, say, onFailure });
}

const isCaptured = (config: Config): boolean => config.providers.every((one) => one.type === 'capture');

const autonomyFor = ({ autonomy }: DevOptions, config: Config): Autonomy =>
  autonomy ?? (isCaptured(config) ? 'auto' : 'review_all');

/**
 * A flag wins on every start. Without one, a mailbox that was made `auto` for the capture inbox, and that
 * nobody has touched since, must not send real mail unwatched once a real provider is set.
 */
async function settleAutonomy(
  store: Store,
  mailbox: MailboxRow,
  options: DevOptions,
  config: Config,
): Promise<void> {
  const untouched = mailbox.updatedAt === mailbox.createdAt && mailbox.autonomy === 'auto';
  const wanted = options.autonomy ?? (untouched && !isCaptured(config) ? 'review_all' : undefined);
  if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(mailbox.autonomy))
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: wanted }, 'dev');
}

/** What the inbox page's buttons do: the same signed webhook that a provider would send. */
async function postReport(
  api: string,
  secrets: DevSecrets,
  report: ProviderReport,
): Promise<{ status: number }> {
  const body = JSON.stringify({ reports: [report] });
  const headers = { ...signReports(secrets.captureWebhookSecret, body), 'content-type': 'application/json' };
  const response = await fetch(`${api}/v1/hooks/${CAPTURE}`, { method: 'POST', headers, body });
  return { status: response.status };
}
