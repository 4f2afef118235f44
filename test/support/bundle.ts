/** @module The workflows as one file, bundled once for a whole test run: it takes seconds, and most files need it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowsPath } from '../../src/worker.js';

/** In a folder of its own, until `remove`. */
export async function bundleToFile(): Promise<{ path: string; remove: () => void }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    logger: new DefaultLogger('WARN'),
  });
  const folder = mkdtempSync(join(tmpdir(), 'mailwarden-bundle-'));
  const path = join(folder, 'workflows.js');
  writeFileSync(path, code);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
