/**
 * @module One run of Temporal's dev server as a child process: its flags, its log, its end.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';
import { identityOf } from './process-identity.js';
import { SEARCH_ATTRIBUTE } from './temporal-health.js';

export const HOST = '127.0.0.1';
const LOG_LIMIT = 10_000_000;

export interface ChildOptions {
  binary: string;
  dataDir: string;
  port: number;
  uiPort: number;
  logLevel: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface TemporalChild {
  /** Null where it could not be started. */
  identity: ProcessIdentity | null;
  process: ChildProcess;
  /** Resolves with a few words when the process has ended or could not be started. */
  ended: Promise<string>;
  hasEnded: () => boolean;
}

export const databaseIn = (dataDir: string): string => join(dataDir, 'temporal.db');
export const logIn = (dataDir: string): string => join(dataDir, 'temporal.log');

export function spawnTemporal({ binary, dataDir, port, uiPort, logLevel, env }: ChildOptions): TemporalChild {
  const log = openLog(logIn(dataDir));
  const args = [
    ...['server', 'start-dev', '--db-filename', databaseIn(dataDir), '--sqlite-pragma', 'journal_mode=WAL'],
    ...['--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--search-attribute', `${SEARCH_ATTRIBUTE}=Keyword`, '--log-level', logLevel],
    // It asks nobody on the internet for news or newer versions.
    ...['--ui-disable-news-fetch', '--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    // Within one category the mailboxes take turns; a server of one's own needs these as well.
    ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
    ...['--dynamic-config-value', 'matching.enableFairness=true'],
    // The user's own profiles and TEMPORAL_* settings are for clients, not for this server.
    ...['--disable-config-file', '--disable-config-env'],
  ];
  // Its own process group: Ctrl-C in the terminal reaches only us, and we drain before we stop it. It gets
  // none of our settings, which hold secrets.
  const { PATH, HOME, TMPDIR } = env;
  const child = spawn(binary, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH, HOME, TMPDIR },
  });
  closeSync(log);
  let ended = false;
  const end = new Promise<string>((resolve) => {
    const over = (how: string) => {
      ended = true;
      resolve(how);
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(signal ? `ended by ${signal}` : `exit code ${code}`));
  });
  const identity = child.pid === undefined ? null : identityOf(child.pid);
  return { identity, process: child, ended: end, hasEnded: () => ended };
}

/** The last line of the log that says why, for the one line that we show. */
export function lastWords(dataDir: string): string {
  try {
    const lines = readFileSync(logIn(dataDir), 'utf8').slice(-5_000).trim().split('\n');
    const reason =
      lines.findLast((line) => /^error|level=error|already in use/iu.test(line)) ?? lines.at(-1) ?? '';
    return reason.trim().slice(0, 300);
  } catch {
    return '';
  }
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
