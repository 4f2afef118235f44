#!/usr/bin/env node
/**
 * @module The bin `mailwarden`: the program, with the real world around it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { operationEntries } from '../service/operations.js';
import type { Io, Register } from './io.js';
import { run } from './program.js';

/**
 * Commands that run a process of Mailwarden. They load Temporal's native core, so a command that only
 * asks a server does without them.
 */
async function processCommands(first: string | undefined): Promise<Register[]> {
  const asking = new Set([
    'init',
    'config',
    'completion',
    ...operationEntries().map(([, { cli }]) => cli.words.split(' ')[0]),
  ]);
  if (first !== undefined && asking.has(first)) return [];
  const [dev, server, doctor] = await Promise.all([
    import('./dev.js'),
    import('./server.js'),
    import('./doctor.js'),
  ]);
  return [dev.registerDev, server.registerServer, server.registerWorker, doctor.registerDoctor];
}

const io: Io = {
  env: process.env,
  stdout: (line) => void process.stdout.write(line),
  stderr: (line) => void process.stderr.write(line),
  readFile: (path) => readFileSync(path),
  writeNewFile: (path, content) => writeFileSync(path, content, { flag: 'wx' }),
  readStdin: () => text(process.stdin),
  fetch: globalThis.fetch,
  isTerminal: process.stderr.isTTY,
};

/** From the package, wherever it was compiled to. */
function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch {
      // The other one.
    }
  }
  return 'unknown';
}

const argv = process.argv.slice(2);
process.exitCode = await run(argv, io, version(), await processCommands(argv[0]));
