/**
 * @module One Mailwarden for a test: a store of its own, a worker on a task queue of its own at the run's
 * Temporal server, scripted carriers at the providers' port, and every time-out short.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { base64url } from 'jose';
import type { DecisionResult } from '../../activities/interface.js';
import { configSchema, type Config, type ConfigInput } from '../../src/config.js';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { createLog } from '../../src/log.js';
import { createSandboxProvider } from '../../src/providers/sandbox.js';
import type { Provider } from '../../src/providers/provider.js';
import { keyRing, seal, type KeyRing, type Purpose } from '../../src/seal.js';
import { createStore } from '../../src/store/index.js';
import { storeSettings } from '../../src/runtime.js';
import { openPglite } from '../../src/store/pglite.js';
import type { MailboxRow, NewMailbox, Store } from '../../src/store/store.js';
import { createQueueWorkers } from '../../src/queue-workers.js';
import { createWorker } from '../../src/worker.js';
import { sendEmail, type DecisionArgument, type SendRequest } from '../../workflows/index.js';
import * as messages from '../../workflows/messages.js';
import { inject } from 'vitest';
import { beLenient } from './store.js';
import { connectTemporal, ownTaskQueue, type TemporalAccess } from './temporal.js';

export type Handle = WorkflowHandle<typeof sendEmail>;

export interface Warden {
  temporal: TemporalAccess;
  store: Store;
  ring: KeyRing;
  taskQueue: string;
  mailbox: MailboxRow;
  /** Starts an email directly, as an orchestrator would. */
  start(request: object, id?: string): Promise<Handle>;
  /** The same through `submit`, as a door would: returns the answer of admission. */
  submit(request: object, id?: string): Promise<{ handle: Handle; answer: messages.Submitted }>;
  update(
    handle: Handle,
    name: 'decide' | 'cancel' | 'revise' | 'reschedule' | 'resolve',
    value: object,
  ): Promise<string>;
  signal(handle: Handle, name: 'approve' | 'reject' | 'cancel', argument?: DecisionArgument): Promise<void>;
  /** What a webhook does: applies the report, then wakes the workflow. */
  report(provider: string, report: Omit<ProviderReport, 'reportId'> & { reportId?: string }): Promise<void>;
  /** Waits until the message has this status in the store. */
  until(id: string, status: string): Promise<void>;
  /** Ends its worker; the store and the doors stay. */
  stopWorker(): Promise<void>;
  /** Another worker on the same queue and store, by default with the same providers. */
  startWorker(carriers?: Provider[], options?: Partial<WorkerOptions>): Promise<void>;
  stop(): Promise<void>;
}

const FAST: ConfigInput = {
  // Tests of other things let one provider fail again and again.
  delivery: { roundBackoff: ['100ms'], giveUpAfter: '30s', breaker: { failures: 100 } },
  feedback: { window: '20s' },
  bounceHandling: { softBounces: { backoffMinutes: [0.002], maxRetries: 2, suppressAfter: 1 } },
  approval: { signals: 'any' },
};
const FAST_PROVIDER = {
  type: 'smtp' as const,
  retry: { maximumAttempts: 2, initialInterval: '50ms', maximumInterval: '100ms' },
  timeouts: { scheduleToStart: '2s', startToClose: '4s', heartbeat: '3s', scheduleToClose: '6s' },
};

const PURPOSES = {
  decide: 'decision',
  cancel: 'decision',
  revise: 'revision',
  reschedule: 'reschedule',
  resolve: 'resolution',
} as const satisfies Record<string, Purpose>;

type Patience = Partial<Pick<typeof FAST_PROVIDER, 'retry' | 'timeouts'>> & {
  rateLimit?: { perSecond: number };
};

export interface WardenOptions {
  carriers: Provider[];
  /** Provider names in the config without one that carries: removed, or polled by nobody. */
  phantom?: string[];
  mailbox?: Partial<NewMailbox>;
  config?: ConfigInput;
  searchAttribute?: boolean;
  clock?: () => Date;
  namespace?: string;
  /** Default: one new key. */
  ring?: KeyRing;
  /** With its providers, where FAST_PROVIDER does not fit. */
  patience?: Patience;
  /** Of its first worker. */
  workerOptions?: Partial<WorkerOptions>;
}

const configOf = (carriers: Provider[], over: ConfigInput | undefined, patience: Patience = {}): Config =>
  configSchema.parse({
    ...FAST,
    ...over,
    providers: carriers.map(({ name }, i) => ({
      ...FAST_PROVIDER,
      ...patience,
      name,
      weight: i === 0 ? 100 : 0,
      failover: i > 0,
    })),
  });

export async function startWarden({
  carriers,
  mailbox: wanted,
  config: over,
  clock = () => new Date(),
  namespace = 'default',
  ...rest
}: WardenOptions): Promise<Warden> {
  const temporal = await connectTemporal(namespace);
  const taskQueue = ownTaskQueue();
  const database = await openPglite();
  const store = createStore(database, storeSettings(configOf(carriers, over, rest.patience), clock));
  await store.migrate();
  await beLenient(store, 'default');
  const mailbox = await store.createMailbox(
    {
      ...{
        org: 'default',
        address: `agent@${taskQueue}.test`,
        autonomy: 'auto',
        directStart: true,
        ...wanted,
      },
    },
    'test',
  );
  if (mailbox === 'exists') throw new Error('the mailbox exists already');
  const ring = rest.ring ?? keyRing([`test:${base64url.encode(randomBytes(32))}`]);
  const sandbox = createSandboxProvider();
  const workers = new Map<Worker, Promise<void>>();
  const startWorker: Warden['startWorker'] = async (providers = carriers, options = {}) => {
    const setup = {
      // Two workers of one queue are not allowed on one connection.
      connection: options.connection ?? temporal.connection,
      namespace,
      taskQueue,
      dependencies: {
        store,
        providers: new Map([...providers, sandbox].map((one) => [one.name, one])),
        config: configOf(providers, over, rest.patience),
        ring,
        clock,
        directOrg: 'default',
        log: createLog('silent'),
        ...(rest.searchAttribute !== undefined && { searchAttribute: rest.searchAttribute }),
      },
      options: { workflowBundle: bundle(), shutdownGraceTime: '2s', ...options },
    };
    for (const worker of [await createWorker(setup), ...(await createQueueWorkers(setup))])
      workers.set(worker, worker.run());
  };
  const stopWorker = async (): Promise<void> => {
    for (const worker of workers.keys()) worker.shutdown();
    await Promise.all(workers.values());
    workers.clear();
  };
  await startWorker(carriers, rest.workerOptions);

  const handleOf = (id: string): Handle => temporal.client.workflow.getHandle<typeof sendEmail>(id);
  const argument = (request: object): SendRequest => ({ mailbox: mailbox.id, ...request }) as SendRequest;
  const start: Warden['start'] = (request, id = `test_${randomUUID()}`) =>
    temporal.client.workflow.start(sendEmail, {
      workflowId: id,
      taskQueue,
      args: [argument(request)],
    });
  return {
    temporal,
    store,
    ring,
    taskQueue,
    mailbox,
    start,
    async submit(request, id) {
      const workflowId = id ?? `test_${randomUUID()}`;
      const startWorkflowOperation = new WithStartWorkflowOperation(sendEmail, {
        ...{ workflowId, taskQueue, args: [argument(request)] as const },
        ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
      });
      const answer = await temporal.client.workflow.executeUpdateWithStart(messages.submitUpdate, {
        updateId: 'submit:test',
        startWorkflowOperation,
      });
      return { handle: handleOf(workflowId), answer };
    },
    async update(handle, name, value) {
      const sealed = await seal(ring, PURPOSES[name], {
        id: handle.workflowId,
        by: 'prn_reviewer',
        key: 'key_reviewer',
        ...value,
      });
      const { result } = await handle.executeUpdate<DecisionResult, [messages.SealedArgument]>(name, {
        args: [{ sealed }],
      });
      return result;
    },
    signal: (handle, name, argument) => handle.signal(name, ...(argument ? [argument] : [])),
    async report(provider, report) {
      const [applied] = await store.applyReports(provider, [{ reportId: randomUUID(), ...report }]);
      if (applied?.id !== undefined)
        await handleOf(applied.id)
          .executeUpdate(messages.deliveryReportUpdate)
          .catch(() => undefined);
    },
    async until(id, status) {
      const deadline = Date.now() + 15_000;
      for (;;) {
        const view = await store.view(id);
        if (view?.status === status) return;
        if (Date.now() > deadline)
          throw new Error(`${id} is ${view?.status ?? 'not admitted'}, not ${status}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    startWorker,
    stopWorker,
    async stop() {
      await stopWorker();
      await store.end();
      await temporal.close();
    },
  };
}

/** A request like no other. */
export const mail = (more: object = {}): object => ({
  to: 'ann@example.com',
  subject: `s ${randomUUID()}`,
  text: 'hello',
  ...more,
});

/** For `expect.poll`: the store knows first, the workflow follows. */
export const SOON = { timeout: 10_000, interval: 50 };

/** The workflows as one file, bundled once for the whole run. */
export const bundle = (): { codePath: string } => ({ codePath: inject('workflowBundle') });
