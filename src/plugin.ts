/**
 * @module `MailwardenPlugin`: Mailwarden on a worker of the user's own, beside whatever else runs there. It adds
 * workflows and activities and touches nothing else: no data converter, codec, interceptor or client.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type {
  BundleOptions,
  BundlerPlugin,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { ConfigError, parseConfig, type Config, type ConfigInput } from './config.js';
import { createLog } from './log.js';
import { mailDomainsOfWorker } from './mail-domain.js';
import { composeBundle, markOf } from './plugin-bundle.js';
import { SANDBOX, type Provider } from './providers/provider.js';
import { keyRing, type KeyRing } from './seal.js';
import type { Store } from './store/store.js';
import { dispatchSettings, startDispatch } from './dispatch-timer.js';
import { createQueueWorkers, together } from './queue-workers.js';
import { packageVersion } from './version.js';
import { startPublisher } from './publisher.js';
import { startReconcile } from './reconcile-timer.js';
import { startSweep } from './sweep-timer.js';
import { activitiesOf, workflowsPath } from './worker.js';

/** Emails run on this worker: it carries our workflows and activities on its own task queue. */
export interface HerePluginOptions {
  /** Of `openStore`, migrated. Whoever opened it closes it, after the worker. */
  store: Store;
  /** Of `openProviders`, or your own. Whoever opened them closes them, after the worker. */
  providers: ReadonlyMap<string, Provider> | readonly Provider[];
  /** Of `pluginConfig` or `loadConfig`; by default every provider carries mail, and any signal decides. */
  config?: Config;
  /** Opens sealed requests; by default the `sealKeys` of the config. */
  ring?: KeyRing;
  /** Whether to set `MailwardenStatus`; only where the namespace knows it, else workflows hang. Default false. */
  searchAttribute?: boolean;
  /** Whose mailboxes direct starts and children use. Default `default`. */
  org?: string;
  /** Where people review held mail, e.g. `https://mail.example.com/review/messages`. */
  reviewUrl?: string;
  /** Default: warnings, as JSON lines on stderr. */
  log?: Logger;
  taskQueue?: never;
}

/** Emails run elsewhere: `sendEmail` starts them on this queue, where a Mailwarden worker polls. */
export interface ElsewherePluginOptions {
  taskQueue: string;
  store?: never;
  providers?: never;
  config?: never;
  ring?: never;
  searchAttribute?: never;
  org?: never;
  reviewUrl?: never;
  log?: never;
}

export type MailwardenPluginOptions = HerePluginOptions | ElsewherePluginOptions;

/** Settings for a plugin: those of a server, except that any signal decides (the namespace is the boundary). */
export const pluginConfig = (settings: ConfigInput = {}): Config =>
  parseConfig({ ...settings, approval: { signals: 'any', ...settings.approval } }, 'config');

/**
 * Give it to `Worker.create`, and to `bundleWorkflowCode` where the bundle is made beforehand.
 *
 * @experimental because the plugins of the SDK are.
 */
export class MailwardenPlugin implements WorkerPlugin, BundlerPlugin {
  readonly name = 'mailwarden';
  readonly #options: MailwardenPluginOptions;
  /** What a worker of emails runs; null where they run elsewhere. */
  readonly #here: Here | null;
  readonly #running = new WeakSet<Worker>();

  /** @throws ConfigError where neither or both of `store` and `taskQueue` are given. */
  constructor(options: MailwardenPluginOptions) {
    // Callers of plain JavaScript have no compiler to tell them.
    const { store, taskQueue, providers } = (options ?? {}) as unknown as Partial<Record<string, unknown>>;
    if ((store === undefined) === (taskQueue === undefined))
      throw new ConfigError(
        'MailwardenPlugin takes either { store, providers } (emails run on this worker) or { taskQueue } (they run where a Mailwarden worker polls)',
      );
    if (taskQueue === '') throw new ConfigError('MailwardenPlugin: taskQueue is empty');
    if (store !== undefined && providers === undefined)
      throw new ConfigError('MailwardenPlugin: providers are missing');
    this.#options = options;
    this.#here = options.taskQueue === undefined ? new Here(options) : null;
  }

  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#isRepeated(options.plugins)) return options;
    await this.#checkBundle(options.workflowBundle);
    return { ...this.#withWorkflows(options), ...this.#withActivities(options.activities) };
  }

  async configureReplayWorker(options: ReplayWorkerOptions): Promise<ReplayWorkerOptions> {
    await this.#checkBundle(options.workflowBundle);
    return this.#withWorkflows(options);
  }

  /**
   * Beside the worker go the sweep, the lookups, the publisher and the dispatcher, as they do beside ours: emails whose
   * workflow was lost or whose outcome is unknown are settled, what happened is in the event log, and webhooks hear it.
   */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (this.#here === null || this.#running.has(worker)) {
      await next(worker);
      return;
    }
    this.#running.add(worker);
    const sweep = this.#here.sweep(worker);
    const reconcile = this.#here.reconcile(worker);
    const publisher = this.#here.publisher();
    const dispatch = this.#here.dispatch();
    try {
      const queues = await this.#here.queueWorkers(worker);
      await together(worker, queues, () => next(worker)).run();
    } finally {
      await sweep.stop();
      await reconcile.stop();
      await publisher.stop();
      await dispatch.stop();
    }
  }

  configureBundler(options: BundleOptions): BundleOptions {
    return this.#isRepeated(options.plugins) ? options : composeBundle(options, this.#options.taskQueue);
  }

  #withWorkflows<T extends { workflowsPath?: string; workflowBundle?: unknown }>(options: T): T {
    const has = options.workflowsPath !== undefined || options.workflowBundle !== undefined;
    return has || this.#here === null ? options : { ...options, workflowsPath: workflowsPath() };
  }

  #withActivities(theirs: object = {}): { activities?: object } {
    if (this.#here === null) return {};
    const { activities } = this.#here;
    for (const [name, activity] of Object.entries(theirs))
      if (name in activities && activities[name] !== activity)
        throw new ConfigError(`the activity ${name} is Mailwarden's: give yours another name`);
    return { activities: { ...theirs, ...activities } };
  }

  /** A bundle without ours would only fail when the first email waits for it. */
  async #checkBundle(bundle: WorkerOptions['workflowBundle']): Promise<void> {
    if (bundle === undefined) return;
    const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');
    if (code.includes(markOf(this.#options.taskQueue))) return;
    throw new ConfigError(
      'the workflow bundle was not made with this MailwardenPlugin: give it to bundleWorkflowCode({ plugins }) with the same taskQueue or none, as to Worker.create',
    );
  }

  /**
   * The SDK hands on the plugins of a connection and of a worker one after the other; another instance of the same
   * settings adds nothing. @throws ConfigError where the settings differ.
   */
  #isRepeated(plugins: readonly { name: string }[] = []): boolean {
    const first = plugins.find((one) => one instanceof MailwardenPlugin);
    if (first === undefined || first === this) return false;
    const [mine, theirs] = [this.#options, first.#options];
    const isSame = SETTINGS.every((name) => mine[name] === theirs[name]);
    if (isSame && sameProviders(mine.providers, theirs.providers)) return true;
    throw new ConfigError('two MailwardenPlugins with different settings are on one worker: keep one');
  }
}

/** What runs on the user's own worker. */
class Here {
  readonly activities: Record<string, unknown>;
  readonly #dependencies: Parameters<typeof activitiesOf>[0];
  readonly #store: Store;
  readonly #config: Config;
  readonly #ring: KeyRing;
  readonly #log: Logger;

  constructor(options: HerePluginOptions) {
    const { store, searchAttribute = false, org: directOrg = 'default', reviewUrl } = options;
    const given = options.providers;
    const providers =
      given instanceof Map ? given : new Map([...given.values()].map((one) => [one.name, one]));
    const config = options.config ?? carriedByAll([...providers.keys()]);
    const log = options.log ?? createLog('warn');
    const ring = options.ring ?? (config.sealKeys.length > 0 ? keyRing(config.sealKeys) : []);
    this.#store = store;
    this.#config = config;
    this.#ring = ring;
    this.#log = log;
    this.#dependencies = {
      ...{ store, providers, config, ring, clock, directOrg, searchAttribute, reviewUrl, log },
      mailDomains: mailDomainsOfWorker(config, clock),
    };
    this.activities = activitiesOf(this.#dependencies);
  }

  /** On its connection and queue; none where no provider has a rate limit. */
  async queueWorkers({ connection, options: { namespace, taskQueue } }: Worker): Promise<Worker[]> {
    if (connection === undefined) return [];
    return await createQueueWorkers({ connection, namespace, taskQueue, dependencies: this.#dependencies });
  }

  sweep({ client }: Worker): { stop(): Promise<void> } {
    if (client === undefined) {
      this.#log.warn('this worker has no client, so nothing sweeps up after lost workflows');
      return { stop: async () => undefined };
    }
    return startSweep({
      ...{ store: this.#store, temporal: { client }, clock, log: this.#log, holder: randomUUID() },
      interval: this.#config.sweep.interval,
      dedupeWindowMs: this.#config.dedupe.window,
    });
  }

  reconcile({ client }: Worker): { stop(): Promise<void> } {
    if (client === undefined) return { stop: async () => undefined };
    const { providers } = this.#dependencies;
    return startReconcile({
      ...{ store: this.#store, temporal: { client }, providers, clock, log: this.#log },
      interval: this.#config.delivery.unknown.interval,
    });
  }

  publisher(): { stop(): Promise<void> } {
    const { interval } = this.#config.events;
    return startPublisher({ store: this.#store, interval, log: this.#log });
  }

  dispatch(): { stop(): Promise<void> } {
    // Without seal keys no secret can be opened, so nothing could be signed.
    if (this.#ring.length === 0) return { stop: async () => undefined };
    return startDispatch({
      ...{ store: this.#store, ring: this.#ring, clock, random: Math.random, log: this.#log },
      ...{ version: packageVersion(), ...dispatchSettings(this.#config) },
    });
  }
}

/** What two plugins must share to be the same; the providers are looked at one by one. */
const SETTINGS = ['taskQueue', 'store', 'config', 'ring', 'org', 'searchAttribute'] as const;

type Providers = HerePluginOptions['providers'];
function sameProviders(mine: Providers = [], theirs: Providers = []): boolean {
  const [a, b] = [[...mine.values()], [...theirs.values()]];
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

const clock = (): Date => new Date();

/** The route of a worker that has providers and no config: all of them alike, but for the sandbox. */
const carriedByAll = (names: readonly string[]): Config =>
  pluginConfig({
    providers: names.filter((name) => name !== SANDBOX).map((name) => ({ name, type: 'custom' })),
  });
