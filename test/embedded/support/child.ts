/** @module Runs a TypeScript file of this folder in a process of its own, that a test can kill. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Child {
  pid: number;
  process: ChildProcess;
  /** The next line of its stdout. */
  line(): Promise<string>;
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>;
}

export function runChild(file: string, args: readonly string[]): Child {
  const path = join(import.meta.dirname, file);
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  return {
    pid: child.pid ?? 0,
    process: child,
    line: async () => {
      const next = await lines.next();
      if (next.done) throw new Error(`${file} ended without saying more`);
      return next.value;
    },
    kill,
  };
}
