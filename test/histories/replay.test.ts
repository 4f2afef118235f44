/**
 * @module Histories of every path, one folder per version of the package, replay on the code of the day: as a worker of
 * our own runs it, and as a user's worker with the plugin does. A folder of a released version is never recorded again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import { MailwardenPlugin } from '../../src/plugin.js';
import type { Store } from '../../src/store/store.js';
import { workflowsPath } from '../../src/worker.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ORDERS = fileURLToPath(new URL('../plugin/workflows/orders.ts', import.meta.url));
/** The history of a workflow of the user's; only their own bundle has it. */
const USERS = 'parent.json';

const logger = new DefaultLogger('ERROR');
// A replay runs no activity, so nothing ever asks this store.
const plugin = new MailwardenPlugin({ store: {} as Store, providers: [], log: createLog('silent') });
const own = bundleWorkflowCode({ workflowsPath: workflowsPath(), logger });
const withPlugin = bundleWorkflowCode({ workflowsPath: ORDERS, plugins: [plugin], logger });

const versions = readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory());
const historiesOf = (version: string): string[] =>
  readdirSync(`${FOLDER}${version}`).filter((file) => file.endsWith('.json'));

test('every path has a recorded history', () => {
  for (const { name } of versions) expect(historiesOf(name).length).toBeGreaterThanOrEqual(18);
});

for (const { name: version } of versions)
  describe(`recorded by ${version}`, () => {
    for (const name of historiesOf(version)) {
      const history = (): unknown => JSON.parse(readFileSync(`${FOLDER}${version}/${name}`, 'utf8'));
      test(`${name} replays without difference with the plugin`, { timeout: 30_000 }, async () => {
        const workflowBundle = await withPlugin;
        await Worker.runReplayHistory({ workflowBundle, plugins: [plugin] }, history(), name);
      });
      if (name !== USERS)
        test(`${name} replays without difference`, { timeout: 30_000 }, async () => {
          await Worker.runReplayHistory({ workflowBundle: await own }, history(), name);
        });
    }
  });
