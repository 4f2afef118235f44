import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import {
  closeProviders,
  createLog,
  MailwardenPlugin,
  openProviders,
  openStore,
  pluginConfig,
} from 'mailwarden';
import type { shipOrder } from './workflows.js';

const config = pluginConfig({
  databaseUrl: process.env['DATABASE_URL'],
  providers: [{ name: 'smtp', type: 'smtp', url: process.env['SMTP_URL'] ?? 'smtp://127.0.0.1:1025' }],
  delivery: { checkDomains: false }, // only here: DNS says that example.com takes no mail
});
const store = await openStore(config, 'mail-data'); // without DATABASE_URL a database in this folder
const log = createLog('warn');
const providers = openProviders(config, log);
await store.createMailbox(
  { org: 'default', address: 'shop@example.com', autonomy: 'auto', directStart: true },
  'me',
);

const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
const connection = await NativeConnection.connect({ address });
const taskQueue = 'orders';
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(import.meta.resolve('./workflows.js')),
  plugins: [new MailwardenPlugin({ store, providers, config, log })],
});

await worker.runUntil(async () => {
  const { workflow } = worker.client ?? assert.fail();
  const args: [string, string] = ['4711', 'ann@example.com'];
  const order = { workflowId: 'order-4711', taskQueue, args };
  const first = await workflow.execute<typeof shipOrder>('shipOrder', order);
  const again = await workflow.execute<typeof shipOrder>('shipOrder', order);
  assert.deepEqual([first, again], ['sent', 'sent']); // one email: the dedupe key was used before
});
await connection.close();
await closeProviders(providers);
await store.end();
console.log('sent');
