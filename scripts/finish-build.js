/**
 * @module The last step of a build: what is not TypeScript stands beside the code that needs it, what the operations
 * table says to clients is plain data, the command can be executed, and `npx mailwarden` finds it in a clone as it does
 * where the package is installed.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = path.join(root, 'dist/src/cli/main.js');
const bins = path.join(root, 'node_modules/.bin');

for (const folder of ['migrations', 'policies']) {
  rmSync(path.join(root, 'dist', folder), { recursive: true, force: true });
  cpSync(path.join(root, folder), path.join(root, 'dist', folder), { recursive: true });
}
cpSync(path.join(root, 'workflows/compose.cjs'), path.join(root, 'dist/workflows/compose.cjs'));

for (const name of ['client/routes.js', 'tools/catalog.js'])
  await freeze(path.join(root, 'dist/src', name), '// Made from the operations table by the build.\n');

if (process.platform !== 'win32') {
  chmodSync(command, 0o755);
  const link = path.join(bins, 'mailwarden');
  if (existsSync(bins)) {
    rmSync(link, { force: true });
    symlinkSync(path.relative(bins, command), link);
  }
}

/**
 * Puts what a module exports in its place, as data. Computed by the users' programs it would cost them zod, every
 * schema, and address code that no browser can load. What was compiled is kept: an incremental build does not write it
 * anew when only the table has changed.
 */
async function freeze(file, head) {
  const live = file.replace(/\.js$/u, '.live.js');
  if (!readFileSync(file, 'utf8').startsWith(head)) renameSync(file, live);
  const exports = Object.entries(await import(pathToFileURL(live).href));
  const lines = exports.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
  writeFileSync(file, head + lines.join(''));
}
