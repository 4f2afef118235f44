/** @module What MailwardenPlugin refuses at once, where it would otherwise fail when the first email waits. */
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { createLog } from '../../src/log.js';
import { MailwardenPlugin, pluginConfig, type HerePluginOptions } from '../../src/plugin.js';
import type { Store } from '../../src/store/store.js';
import { sendEmail } from '../../workflows/index.js';
import { carrier } from '../support/carrier.js';
import { userBundle, userWorkflows } from '../support/house.js';
import { connectTemporal, type TemporalAccess } from '../support/temporal.js';

let temporal: TemporalAccess;
beforeAll(async () => {
  temporal = await connectTemporal();
});
afterAll(() => temporal.close());

// Nothing here comes as far as to ask it.
const store = {} as Store;
const here = (more: Partial<HerePluginOptions> = {}): MailwardenPlugin =>
  new MailwardenPlugin({ store, providers: [carrier()], log: createLog('silent'), ...more });
const create = async (options: Partial<WorkerOptions>): Promise<Worker> =>
  await Worker.create({ connection: temporal.connection, taskQueue: 'never-polled', ...options });

test('a plugin needs a store or a task queue, and not both', () => {
  const providers = [carrier()];
  // @ts-expect-error neither of the two
  expect(() => new MailwardenPlugin({})).toThrow(/either \{ store, providers \}.*or \{ taskQueue \}/u);
  // @ts-expect-error both of them
  expect(() => new MailwardenPlugin({ store, providers, taskQueue: 'mail' })).toThrow(ConfigError);
  // @ts-expect-error a store without a provider
  expect(() => new MailwardenPlugin({ store })).toThrow('providers are missing');
  expect(() => new MailwardenPlugin({ taskQueue: '' })).toThrow('taskQueue is empty');
});

test('any signal decides unless the settings say otherwise', () => {
  expect(pluginConfig().approval.signals).toBe('any');
  expect(pluginConfig({ approval: { signals: 'signed' } }).approval.signals).toBe('signed');
  expect(() => pluginConfig({ taskQueue: '' })).toThrow(/^config: taskQueue: /u);
});

test('a bundle that was made without the plugin, or for another queue, is refused with the mend', async () => {
  const elsewhere = new MailwardenPlugin({ taskQueue: 'mail' });
  const [bare, forMail] = [await userBundle('orders', []), await userBundle('orders', [elsewhere])];
  const says = /give it to bundleWorkflowCode\(\{ plugins \}\)/u;
  for (const [workflowBundle, plugin] of [
    [bare, here()],
    [bare, elsewhere],
    [forMail, here()],
    [forMail, new MailwardenPlugin({ taskQueue: 'other' })],
  ] as const) {
    await expect(create({ workflowBundle, plugins: [plugin] })).rejects.toThrow(says);
    await expect(
      Worker.runReplayHistory({ workflowBundle, plugins: [plugin] }, { events: [{ eventId: 1 }] }),
    ).rejects.toThrow(says);
  }
});

test("an activity of the user's that has one of our names is an error that names it", async () => {
  const activities = { greet: () => 'hello', 'mailwarden.admit': () => 'mine' };
  const plugins = [here()];
  await expect(create({ activities, plugins })).rejects.toThrow(
    'the activity mailwarden.admit is Mailwarden',
  );
});

test("a workflow of the user's that is called mailwarden.sendEmail is an error", async () => {
  const workflowsPath = userWorkflows('taken-name');
  await expect(create({ workflowsPath, plugins: [here()] })).rejects.toThrow(
    'your workflows export mailwarden.sendEmail',
  );
});

test('a call of sendEmail without a mailbox, or until a time that there is not, does not compile', () => {
  const mail = { to: 'ann@example.com', subject: 'Hi', text: 'Hi' };
  const wrong = (): unknown[] => [
    // @ts-expect-error no mailbox
    sendEmail(mail),
    // @ts-expect-error plain and sealed
    sendEmail({ ...mail, mailbox: 'a@b.test', sealed: '…' }),
    // @ts-expect-error nobody knows when it is read
    sendEmail({ ...mail, mailbox: 'a@b.test' }, { until: 'read' }),
  ];
  expect(wrong).toBeTypeOf('function');
});

test('two plugins with different settings on one worker are an error', async () => {
  const elsewhere = new MailwardenPlugin({ taskQueue: 'mail' });
  for (const plugins of [
    [here(), elsewhere],
    [here(), here({ config: pluginConfig() })],
    [elsewhere, new MailwardenPlugin({ taskQueue: 'other' })],
  ])
    await expect(create({ workflowsPath: userWorkflows('orders'), plugins })).rejects.toThrow(
      'two MailwardenPlugins with different settings',
    );
});
