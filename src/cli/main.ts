#!/usr/bin/env node
/**
 * @module The bin `mailwarden`: the program, with the real world around it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { registerDev } from './dev.js';
import type { Io, Register } from './io.js';
import { run } from './program.js';
import { registerServer, registerWorker } from './server.js';

/** Commands that are no operations. Each loads what it needs when it runs. */
const COMMANDS: readonly Register[] = [registerDev, registerServer, registerWorker];

const io: Io = {
  env: process.env,
  stdout: (line) => void process.stdout.write(line),
  stderr: (line) => void process.stderr.write(line),
  readFile: (path) => readFileSync(path),
  writeNewFile: (path, content) => writeFileSync(path, content, { flag: 'wx' }),
  readStdin: () => text(process.stdin),
  fetch: globalThis.fetch,
};

/** From the package, wherever it was compiled to. */
function version(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // The other one.
    }
  }
  return 'unknown';
}

process.exitCode = await run(process.argv.slice(2), io, version(), COMMANDS);
