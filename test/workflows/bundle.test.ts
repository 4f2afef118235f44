/** @module What goes into the workflow sandbox, and what must not. */
import { builtinModules } from 'node:module';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { workflowsPath } from '../../src/worker.js';

const bundle = bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('ERROR') });

test(
  'the bundle holds both names of the workflow, and neither zod, nor a store, nor a provider',
  { timeout: 30_000 },
  async () => {
    const { code } = await bundle;
    expect(code).toContain('mailwarden.sendEmail');
    for (const stranger of [
      'node_modules/zod',
      'node_modules/isemail',
      'node_modules/tr46',
      'node_modules/kysely',
      'node_modules/nodemailer',
      'src/store',
      'src/providers',
      'src/service',
    ])
      expect(code).not.toContain(stranger);
  },
);

test('nothing in the bundle asks for a module of Node', { timeout: 30_000 }, async () => {
  const { code } = await bundle;
  // The SDK has stand-ins for these three in the sandbox.
  const allowed = ['assert', 'url', 'util'];
  const asked = builtinModules.filter(
    (name) =>
      !allowed.includes(name) && (code.includes(`/*! ${name} */`) || code.includes(`/*! node:${name} */`)),
  );
  expect(asked).toEqual([]);
});

test('the bundle stays small: workflows carry no library but the SDK', { timeout: 30_000 }, async () => {
  const { code } = await bundle;
  expect(code.length).toBeLessThan(1_900_000);
});
