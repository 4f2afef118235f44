/**
 * @module The Mailwarden of this machine, for `mailwarden mcp`: the one that runs, or a `dev` that is started. Several
 * agents may look for it at the same moment; one of them starts it.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DataDirLocked } from '../embedded/data-lock.js';
import type { Io } from './io.js';
import { readText } from './settings.js';

export interface Access {
  url: string;
  apiKey: string;
  /** Ends what was started for this access. */
  stop?: () => Promise<void>;
}

export interface Wanted {
  /** Where to look, and to start; 0 looks nowhere and starts on a free one. */
  port: number;
  dataDir: string;
  /** Default: the key that `dev` keeps for agents. */
  apiKey?: string | undefined;
  env: Io['env'];
  say: (line: string) => void;
  onFailure: (error: Error) => void;
}

/** A server on this machine answers at once, or is not there. */
const PROBE_MS = 1_000;
/** The `dev` that another agent starts at this moment is waited for. */
const WAITS = { times: 60, ms: 500 };

/** @throws with one clear line. */
export async function localServer(io: Io, wanted: Wanted): Promise<Access> {
  const url = `http://127.0.0.1:${wanted.port}`;
  let start: (() => Promise<Access>) | undefined;
  for (let waits = 0; ; waits++) {
    if (wanted.port !== 0 && (await isMailwarden(io, url)))
      return { url, apiKey: wanted.apiKey ?? agentKey(io, wanted.dataDir) };
    start ??= await starter(wanted);
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof DataDirLocked) || waits >= WAITS.times) throw error;
      await setTimeout(WAITS.ms);
    }
  }
}

/** Loads Temporal's native core, so only where it is needed, and once. */
async function starter({
  port,
  dataDir,
  apiKey,
  env,
  say,
  onFailure,
}: Wanted): Promise<() => Promise<Access>> {
  const [{ startDev }, { createLog, logTemporal }] = await Promise.all([
    import('../embedded/dev.js'),
    import('../log.js'),
  ]);
  const log = createLog('warn');
  logTemporal(log);
  return async () => {
    const { ready, stop } = await startDev({ port, dataDir, env, log, say, onFailure });
    say(`Mailwarden is up: ${ready.api}, inbox ${ready.inbox}, review ${ready.review}`);
    return { url: ready.api, apiKey: apiKey ?? ready.keys.agent, stop };
  };
}

/** A key goes to no other program that happens to listen there. */
async function isMailwarden(io: Io, url: string): Promise<boolean> {
  try {
    const response = await io.fetch(`${url}/.well-known/oauth-protected-resource/mcp`, {
      signal: AbortSignal.timeout(PROBE_MS),
    });
    const { resource_name: name } = (await response.json()) as { resource_name?: unknown };
    return name === 'Mailwarden';
  } catch {
    return false;
  }
}

function agentKey(io: Io, dataDir: string): string {
  const file = join(dataDir, 'keys.json');
  try {
    const { agent } = JSON.parse(readText(io)(file)) as { agent?: unknown };
    if (typeof agent === 'string') return agent;
  } catch {
    // Said below.
  }
  throw new Error(`a server runs here, but ${file} has no key for it: set MAILWARDEN_API_KEY, or --data-dir`);
}
