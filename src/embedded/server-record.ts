/**
 * @module What is known of the Temporal server of a data folder, across our own restarts: its process, so
 * that one that outlived us is ended before the next opens the same SQLite file; its ports, so that
 * bookmarks and open terminals stay right; its namespace, so that it can be told from anyone else's.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { writeDurably } from './durable-file.js';
import type { ProcessIdentity } from './process-identity.js';
import { identityOf, isCertainlyAlive } from './process-identity.js';

const recordSchema = z.object({
  child: z.object({ pid: z.number().int().positive(), start: z.string().nullable() }).nullable(),
  port: z.number().int().min(1).max(65_535),
  uiPort: z.number().int().min(1).max(65_535),
  /** Id of the namespace `default`: made at random with the database, so no two servers share it. */
  namespaceId: z.string().nullable(),
});
export type ServerRecord = z.output<typeof recordSchema>;

const pathIn = (dataDir: string) => join(dataDir, 'temporal.json');

/** Null where there is none, or none that makes sense: it is then made anew. */
export function readServerRecord(dataDir: string): ServerRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

export function writeServerRecord(dataDir: string, record: ServerRecord): void {
  writeDurably(pathIn(dataDir), `${JSON.stringify(record)}\n`);
}

/** Sends a process SIGTERM, and SIGKILL where it is still there after `patience` milliseconds. */
export async function endProcess(identity: ProcessIdentity, patience: number): Promise<void> {
  for (const [signal, wait] of [
    ['SIGTERM', patience],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isCertainlyAlive(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + wait;
    while (isCertainlyAlive(identity) && Date.now() < deadline) await setTimeout(20);
  }
  if (isCertainlyAlive(identity))
    throw new Error(`the old Temporal server (pid ${identity.pid}) can't be stopped`);
}

/**
 * Servers that hold this database besides the recorded one: we may be killed between a start and its
 * record. Seen on Linux only, where /proc shows every command line of ours.
 */
export function strayServers(database: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter(
      (name) =>
        /^\d+$/u.test(name) && commandLine(name).join(' ').includes(`start-dev --db-filename ${database} `),
    )
    .map((name) => identityOf(Number(name)))
    .filter((one) => one !== null);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
