/**
 * @module `npm run conformance [-- --quick] [-- --only lints,schemathesis,mcp]`: what others have written to check an
 * API like this, against a real `mailwarden dev`. Prints the totals; exits with 1 where anything failed. The checkers
 * are installed on the first run.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { interrupt, startDev, temporaryFolder } from '../test/support/processes.js';
import { runLints } from './conformance/lints.js';
import { runMcp, type Line } from './conformance/mcp.js';
import { runSchemathesis } from './conformance/schemathesis.js';
import { installTools } from './conformance/tools.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'lints,mcp,schemathesis' },
  },
});
const wanted = new Set(values.only.split(','));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const tools = await installTools(say);
const folder = temporaryFolder();
const dev = await startDev(folder.path);
const lines: Line[] = [];
try {
  const { api, mcp, keys } = dev.ready;
  if (wanted.has('lints')) {
    const document = join(folder.path, 'openapi.json');
    await writeFile(document, await (await fetch(`${api}/openapi.json`)).text());
    lines.push(...(await runLints(document, tools)));
  }
  if (wanted.has('mcp'))
    lines.push(...(await runMcp({ mcp, keys }, { node22: tools.node22, cli: tools.mcp })));
  // Last: it may end keys.
  if (wanted.has('schemathesis')) {
    const reports = fileURLToPath(new URL('../.cache/conformance/', import.meta.url));
    const { quick } = values;
    lines.push(...(await runSchemathesis({ api, keys, python: tools.python, folder: reports, quick, say })));
  }
} finally {
  await interrupt(dev);
  folder.remove();
}

const width = Math.max(...lines.map(({ suite }) => suite.length));
say(`\n${'suite'.padEnd(width)}  passed  failed  skipped`);
for (const { suite, passed, failed, skipped, note } of lines) {
  const counts = [passed, failed, skipped].map((one, i) => String(one).padStart([6, 6, 7][i] ?? 0));
  say(`${suite.padEnd(width)}  ${counts.join('  ')}${note === undefined ? '' : `  ${note}`}`);
}
const total = (of: 'passed' | 'failed' | 'skipped'): number => lines.reduce((sum, one) => sum + one[of], 0);
say(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = lines.length > 0 && total('failed') === 0 ? 0 : 1;
