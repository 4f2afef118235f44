/**
 * @module The command line as its users run it: real processes of the built package, with everything that
 * they print, ended by their own pid.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../../src/embedded/dev.js';
import { isAlive } from '../../src/embedded/process-identity.js';
import { readServerRecord } from '../../src/embedded/server-record.js';

export const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface Process {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code (null after a signal). */
  ended: Promise<number | null>;
  /** Waits until stdout or stderr holds this. */
  says(text: string, ms?: number): Promise<void>;
}

export type Env = Record<string, string | undefined>;

/** Nothing of the machine's own Mailwarden, Temporal or database settings reaches a test. */
const CLEAN: Env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(MAILWARDEN_|DATABASE_URL|TEMPORAL_(?!CLI_PATH))/u.test(name),
  ),
);

/** `stdin`: what it reads there; without it, nothing. `command`: where the package is installed, by default here. */
export function runCli(args: readonly string[], env: Env = {}, stdin = '', command = CLI): Process {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...CLEAN, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without having read it all.
  child.stdin.on('error', () => undefined).end(stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async says(text, ms = 60_000) {
      const deadline = Date.now() + ms;
      while (!`${stdout}\n${stderr}`.includes(text)) {
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`did not say “${text}” but:\n${stdout}\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}

/** Ends a process with Ctrl-C, and by force where it does not go. */
export async function interrupt({ child, ended }: Process): Promise<number | null> {
  if (child.exitCode === null) child.kill('SIGINT');
  const force = setTimeout(() => child.kill('SIGKILL'), 40_000);
  const code = await ended;
  clearTimeout(force);
  return code;
}

export interface DevProcess extends Process {
  ready: Ready;
  dataDir: string;
}

export async function startDev(
  dataDir: string,
  args: string[] = [],
  env: Env = {},
  command = CLI,
): Promise<DevProcess> {
  const process = runCli(['dev', '--json', '--port', '0', '--data-dir', dataDir, ...args], env, '', command);
  await process.says('"keys":');
  return { ...process, dataDir, ready: JSON.parse(process.stdout()) as Ready };
}

/** The pid of the embedded Temporal server of a data folder, where it runs. */
export function temporalPid(dataDir: string): number | null {
  const child = readServerRecord(dataDir)?.child;
  return child && isAlive(child) ? child.pid : null;
}

/** `kill -9` of the whole tree at once. */
export async function killTree({ child, ended, dataDir }: DevProcess): Promise<void> {
  const pid = temporalPid(dataDir);
  if (pid !== null) process.kill(pid, 'SIGKILL');
  child.kill('SIGKILL');
  await ended;
}

/** A folder that is gone after the test run. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'mailwarden-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is what the test is about
  body: any;
}

/** One call over the network. */
export async function call(
  api: string,
  key: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

/** Asks again until it is so. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | false> | T | false,
  ms = 60_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
