#!/usr/bin/env node
/**
 * @module The bin `mailwarden`: the program, with the real world around it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { packageVersion } from '../version.js';
import { registerBootstrap } from './bootstrap.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import type { Io } from './io.js';
import { registerMcp } from './mcp.js';
import { run } from './program.js';
import { registerServer, registerWorker } from './server.js';

// Whoever read our output has had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Without an answer, as at Ctrl-D, it would never end.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
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
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
};

const argv = process.argv.slice(2);
process.exitCode = await run(argv, io, packageVersion(), [
  registerDev,
  registerServer,
  registerWorker,
  registerBootstrap,
  registerDoctor,
  registerMcp,
]);
