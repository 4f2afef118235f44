/** @module Histories of every path, as earlier code recorded them, replay on today's. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { workflowsPath } from '../../src/worker.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const bundle = bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });

test('every path has a recorded history', () => {
  expect(names.length).toBeGreaterThanOrEqual(16);
});

for (const name of names)
  test(`${name} replays without difference`, { timeout: 30_000 }, async () => {
    const history: unknown = JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8'));
    await Worker.runReplayHistory({ workflowBundle: await bundle }, history, name);
  });
