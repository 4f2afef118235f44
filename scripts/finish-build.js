/**
 * @module The last step of a build: what is not TypeScript stands beside the code that needs it, the command can be
 * executed, and `npx mailwarden` finds it in a clone as it does where the package is installed.
 */
import { chmodSync, cpSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const migrations = path.join(root, 'dist/migrations');
const command = path.join(root, 'dist/src/cli/main.js');
const bins = path.join(root, 'node_modules/.bin');

rmSync(migrations, { recursive: true, force: true });
cpSync(path.join(root, 'migrations'), migrations, { recursive: true });
cpSync(path.join(root, 'workflows/compose.cjs'), path.join(root, 'dist/workflows/compose.cjs'));

if (process.platform !== 'win32') {
  chmodSync(command, 0o755);
  const link = path.join(bins, 'mailwarden');
  if (existsSync(bins)) {
    rmSync(link, { force: true });
    symlinkSync(path.relative(bins, command), link);
  }
}
