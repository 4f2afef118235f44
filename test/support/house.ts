/**
 * @module A user's house for tests of the plugin: a store, a mailbox and a provider of their own, and workers of
 * theirs at the run's Temporal server, with the plugin among their options.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, type WorkflowHandle } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type BundlerPlugin,
  type Logger,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Config, ConfigInput } from '../../src/config.js';
import type { View } from '../../src/core/email/view.js';
import { createLog } from '../../src/log.js';
import { MailwardenPlugin, pluginConfig, type HerePluginOptions } from '../../src/plugin.js';
import { storeSettings } from '../../src/runtime.js';
import { createStore, openPglite } from '../../src/store/index.js';
import type { MailboxRow, Store } from '../../src/store/store.js';
import type { SendOptions, SendRequest } from '../../workflows/index.js';
import { carrier, type Carrier } from './carrier.js';
import { beLenient } from './store.js';
import { connectTemporal, ownTaskQueue, type TemporalAccess } from './temporal.js';

export const QUIET = new DefaultLogger('ERROR');
export const userWorkflows = (name: string): string =>
  fileURLToPath(new URL(`../plugin/workflows/${name}.ts`, import.meta.url));

export interface House {
  temporal: TemporalAccess;
  store: Store;
  config: Config;
  carrier: Carrier;
  /** Sends what it is asked. */
  mailbox: MailboxRow;
  /** Holds what it is asked. */
  held: MailboxRow;
  plugin(more?: Partial<HerePluginOptions>): MailwardenPlugin;
  /** A request that is like no other. */
  mail(more?: object): SendRequest;
  /** Waits until the email has this status in the store. */
  until(id: string, status: string): Promise<View>;
  /** What a webhook does, without its wake-up. */
  report(id: string, type: 'delivered' | 'bounced'): Promise<void>;
  stop(): Promise<void>;
}

const FAST: ConfigInput = {
  delivery: { roundBackoff: ['100ms'], giveUpAfter: '30s', checkDomains: false },
  feedback: { window: '20s' },
};

export async function startHouse(more: ConfigInput = {}): Promise<House> {
  const temporal = await connectTemporal();
  const carries = carrier();
  const config = pluginConfig({ ...FAST, ...more, providers: [{ name: carries.name, type: 'smtp' }] });
  const settings = storeSettings(config, () => new Date());
  const store = createStore(await openPglite(), settings);
  await store.migrate();
  await beLenient(store, 'default');
  const mailbox = await makeMailbox(store, 'auto');
  const held = await makeMailbox(store, 'review_all');
  return {
    ...{ temporal, store, config, carrier: carries, mailbox, held },
    plugin: (more) =>
      new MailwardenPlugin({ store, providers: [carries], config, log: createLog('silent'), ...more }),
    mail: (more) => ({
      ...{ mailbox: mailbox.id, to: 'ann@example.com', subject: 'Your order', text: randomUUID() },
      ...more,
    }),
    async until(id, status) {
      const deadline = Date.now() + 15_000;
      for (;;) {
        const view = await store.view(id);
        if (view?.status === status) return view;
        if (Date.now() > deadline)
          throw new Error(`${id} is ${view?.status ?? 'not admitted'}, not ${status}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async report(id, type) {
      await store.applyReports(carries.name, [{ reportId: randomUUID(), type, message: id }]);
      await temporal.client.workflow.getHandle(id).signal('deliveryReport');
    },
    async stop() {
      await store.end();
      await temporal.close();
    },
  };
}

async function makeMailbox(store: Store, autonomy: 'auto' | 'review_all'): Promise<MailboxRow> {
  const address = `${autonomy.replace('_', '-')}@${randomUUID()}.test`;
  const made = await store.createMailbox(
    { org: 'default', address, autonomy, directStart: true },
    'test',
  );
  if (made === 'exists') throw new Error('the mailbox exists already');
  return made;
}

export interface At {
  taskQueue: string;
  client: Client;
  /** Starts a user's workflow `order` (or another) that sends this. */
  order(request: SendRequest, options?: SendOptions, type?: string): Promise<WorkflowHandle>;
}

/** A worker of the user's with these options, until it is stopped. */
export async function startWorker(
  { temporal }: Pick<House, 'temporal'>,
  options: Partial<WorkerOptions>,
): Promise<At & { stop(): Promise<void> }> {
  const taskQueue = options.taskQueue ?? ownTaskQueue('plugin');
  const worker = await Worker.create({
    ...{ connection: temporal.connection, taskQueue, shutdownGraceTime: '1s' },
    stickyQueueScheduleToStartTimeout: '1s',
    ...options,
  });
  const running = worker.run();
  const { dataConverter } = options;
  const client = dataConverter
    ? new Client({ connection: temporal.client.connection, dataConverter })
    : temporal.client;
  return {
    ...{ taskQueue, client },
    order: (request, more, type = 'order') =>
      client.workflow.start(type, {
        workflowId: `order_${randomUUID()}`,
        taskQueue,
        args: more ? [request, more] : [request],
      }),
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

/** The same while `use` does its work. */
export async function withWorker<T>(
  house: Pick<House, 'temporal'>,
  options: Partial<WorkerOptions>,
  use: (at: At) => Promise<T>,
): Promise<T> {
  const worker = await startWorker(house, options);
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}

/** The user's workflows with these plugins, as they bundle them beforehand. */
export const userBundle = async (
  name: string,
  plugins: BundlerPlugin[],
  logger: Logger = QUIET,
): Promise<{ code: string }> =>
  await bundleWorkflowCode({ workflowsPath: userWorkflows(name), plugins, logger });
