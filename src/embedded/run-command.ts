/**
 * @module Runs a command to its end, within a time limit, and never throws: what could not be started is
 * a code of null.
 */
import { spawn } from 'node:child_process';

/** Enough for an error, too little to fill memory. */
const OUTPUT_LIMIT = 20_000;

export interface CommandResult {
  /** Null: it could not be started, or was ended by a signal. */
  code: number | null;
  /** The last of stdout and stderr. */
  output: string;
  timedOut: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

export function run(
  command: string,
  args: readonly string[],
  env: Env,
  timeout: number,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    let output = '';
    let timedOut = false;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
      // Children of its own may hold the pipes open; nobody waits for them.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeout);
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_LIMIT);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (code: number | null) => {
      clearTimeout(timer);
      resolve({ code, output, timedOut });
    };
    child.once('error', (error) => {
      output ||= error.message;
      end(null);
    });
    child.once('close', end);
  });
}
