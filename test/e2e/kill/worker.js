/**
 * @module A worker of the built package as a process of its own, which ends itself by SIGKILL at the moment it
 * was told: a real PostgreSQL, a real SMTP provider. What it depends on is wrapped from outside, so that the
 * product has no switch for it. Plain JavaScript: it starts in half the time.
 */
import { Context } from '@temporalio/activity';
import { NativeConnection } from '@temporalio/worker';
import { configSchema } from '../../../dist/src/config.js';
import { createLog, logTemporal } from '../../../dist/src/log.js';
import { createProviders } from '../../../dist/src/providers/index.js';
import { storeSettings } from '../../../dist/src/runtime.js';
import { keyRing } from '../../../dist/src/seal.js';
import { createStore, openPostgres } from '../../../dist/src/store/index.js';
import { createWorker } from '../../../dist/src/worker.js';

/** @type {import('./points.js').Orders} */
const orders = JSON.parse(process.argv[2] ?? '');
// Whoever started it is gone: nothing is left to die for.
process.stdin.on('end', () => process.exit(1)).resume();

let count = 0;
function pass(moment) {
  if (moment === orders.moment && (count += 1) === orders.nth) process.kill(process.pid, 'SIGKILL');
}

const around =
  (what, call) =>
  async (...args) => {
    pass(`before:${what}`);
    const answer = await call(...args);
    pass(`after:${what}`);
    return answer;
  };

function mortalStore(store) {
  const verbs = ['admit', 'claim', 'recordReceipt', 'settle', 'applyReports', 'view', 'close'];
  return { ...store, ...Object.fromEntries(verbs.map((verb) => [verb, around(verb, store[verb])])) };
}

/** `wire`: the lease was checked, and the next thing would be the content. */
const mortalProvider = (provider) => ({
  ...provider,
  send: (delivery) =>
    provider.send({
      ...delivery,
      beforeWire() {
        delivery.beforeWire();
        pass('wire');
      },
    }),
});

/** `answer`: the activity has returned; whether Temporal has heard of it is left to chance. */
const afterDelivery = () => ({
  inbound: {
    async execute(input, next) {
      const answer = await next(input);
      if (Context.current().info.activityType.startsWith('mailwarden.deliver.'))
        setImmediate(() => pass('answer'));
      return answer;
    },
  },
});

const clock = () => new Date();
const config = configSchema.parse(orders.config);
const log = createLog('warn');
logTemporal(log);
const worker = await createWorker({
  connection: await NativeConnection.connect({ address: orders.temporal }),
  namespace: 'default',
  taskQueue: orders.taskQueue,
  dependencies: {
    store: mortalStore(createStore(openPostgres(orders.databaseUrl), storeSettings(config, clock))),
    providers: new Map(
      [...createProviders(config.providers)].map(([name, one]) => [name, mortalProvider(one)]),
    ),
    config,
    ring: keyRing([orders.sealKey]),
    clock,
    directOrg: 'default',
    searchAttribute: true,
    log,
  },
  options: { workflowThreadPoolSize: 1, interceptors: { activity: [afterDelivery] } },
});
await worker.run();
