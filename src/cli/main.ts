#!/usr/bin/env node
/**
 * @module The bin `mailwarden`: the program, with the real world around it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { operationEntries } from '../service/operations.js';
import { packageVersion } from '../version.js';
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
    'tools',
    ...operationEntries().map(([, { cli }]) => cli.words.split(' ')[0]),
  ]);
  if (first !== undefined && asking.has(first)) return [];
  // It starts `dev` only where there is nothing to ask.
  const { registerMcp } = await import('./mcp.js');
  if (first === 'mcp') return [registerMcp];
  const [dev, server, bootstrap, doctor] = await Promise.all([
    import('./dev.js'),
    import('./server.js'),
    import('./bootstrap.js'),
    import('./doctor.js'),
  ]);
  return [
    dev.registerDev,
    server.registerServer,
    server.registerWorker,
    bootstrap.registerBootstrap,
    doctor.registerDoctor,
    registerMcp,
  ];
}

// Whoever read our output has had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

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

const argv = process.argv.slice(2);
process.exitCode = await run(argv, io, packageVersion(), await processCommands(argv[0]));
