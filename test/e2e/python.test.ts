/** @module The Python client, generated from our OpenAPI document, against a running server. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interrupt, startDev, temporaryFolder, type DevProcess } from '../support/processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const hasPython = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
if (!hasPython) console.warn('skipped: the Python client needs python3 with pip');

const folder = temporaryFolder();
let dev: DevProcess | undefined;
beforeAll(async () => {
  if (hasPython) dev = await startDev(join(folder.path, 'data'), ['--autonomy', 'auto']);
});
afterAll(async () => {
  if (dev) await interrupt(dev);
  folder.remove();
});

test.skipIf(!hasPython)(
  'the generated client sends once, waits, reads, lists and tells errors apart',
  async () => {
    const { api, keys } = dev!.ready;
    const client = join(folder.path, 'mailwarden_client');
    await run(process.execPath, ['--import', 'tsx', 'scripts/python-client.ts', client], { cwd: ROOT });
    cpSync(join(ROOT, 'examples/python/main.py'), join(folder.path, 'main.py'));
    const cache = join(ROOT, '.cache/python');
    const [packages = ''] = readdirSync(cache).filter((name) => name.includes('=='));
    const { stdout } = await run('python3', [join(folder.path, 'main.py')], {
      env: {
        ...process.env,
        ...{ PYTHONPATH: join(cache, packages), MAILWARDEN_URL: api, MAILWARDEN_API_KEY: keys.agent },
      },
    });
    expect(stdout.split('\n')).toEqual([
      'the same email',
      expect.stringMatching(/^(sent|delivered) ann@example\.com$/u),
      'listed',
      'not_found final',
      '',
    ]);
  },
);
