/**
 * @module One `dev` per data folder: two Temporal servers on one SQLite file, or two PGlite on one folder,
 * open without complaint and ruin each other. The lock is a file that names its holder by pid and start
 * time; a holder that died is succeeded, by exactly one of those who race for it.
 *
 * It works among processes that see each other's pids, not between containers that share a volume.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { createDurably } from './durable-file.js';
import { identityOf, isAlive } from './process-identity.js';

const LOCK = 'lock';
const SUCCESSOR = 'lock.after-';

const holderSchema = z.object({ pid: z.number().int(), start: z.string().nullable() });

/** Another process works on the folder. The message is the one line to show. */
export class DataDirLocked extends Error {
  override name = 'DataDirLocked';
  constructor(
    readonly dataDir: string,
    readonly pid: number,
  ) {
    super(
      `the data folder ${dataDir} is in use by another mailwarden (pid ${pid}): stop that one, or choose another folder with --data-dir`,
    );
  }
}

export interface DataLock {
  /** Absolute path. */
  dataDir: string;
  release(): void;
}

/**
 * Takes the folder for this process; makes it where it isn't there.
 * @throws DataDirLocked while another process that lives holds it.
 */
export function lockDataDir(folder: string): DataLock {
  const dataDir = resolve(folder);
  makeFolder(dataDir);
  // Keys and mail live here: keep them out of the user's repository.
  createDurably(join(dataDir, '.gitignore'), '*\n', 0o644);
  // The nonce makes every holder's text unique, so that its hash names this one holding for ever.
  const own = JSON.stringify({ ...identityOf(process.pid), nonce: randomBytes(8).toString('hex') });
  while (!tryLock(dataDir, own));
  return {
    dataDir,
    release: () => {
      if (read(join(dataDir, LOCK)) === own) rmSync(join(dataDir, LOCK), { force: true });
    },
  };
}

/** Step by step: under /proc, Node's own `recursive` goes round for ever. @throws with one clear line. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code = 'failed' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    if (code === 'ENOENT' && !existsSync(dirname(path))) {
      makeFolder(dirname(path));
      makeFolder(path);
      return;
    }
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : code;
    throw new Error(`cannot make the folder ${path} (${why}): choose another folder with --data-dir`, {
      cause: error,
    });
  }
}

/**
 * Succession: whoever creates `lock.after-<hash of the dead holder>` alone may replace its lock; should
 * the successor die too before it did, it is succeeded in the same way. After the creation the chain is
 * read again from the lock itself, because a slow racer may have followed one that was finished meanwhile;
 * it can't change again until the last in it, which is us, moves. False: lost a race, look again.
 */
function tryLock(dataDir: string, own: string): boolean {
  const lock = join(dataDir, LOCK);
  const last = lastOfChain(dataDir);
  if (last === null) return createDurably(lock, own);
  refuseWhileAlive(dataDir, last);
  const claim = join(dataDir, SUCCESSOR + nameOf(last));
  if (!createDurably(claim, own)) return false;
  if (lastOfChain(dataDir) !== own) {
    rmSync(claim, { force: true });
    return false;
  }
  renameSync(claim, lock);
  for (const name of readdirSync(dataDir))
    if (name.startsWith(SUCCESSOR)) rmSync(join(dataDir, name), { force: true });
  return true;
}

/** The holder, or the successor that stands in for a dead one; null where nobody ever locked. */
function lastOfChain(dataDir: string): string | null {
  let last = read(join(dataDir, LOCK));
  while (last !== null) {
    const next = read(join(dataDir, SUCCESSOR + nameOf(last)));
    if (next === null) return last;
    last = next;
  }
  return null;
}

function refuseWhileAlive(dataDir: string, text: string): void {
  const holder = holderSchema.safeParse(parse(text));
  // What can't be read was never whole, so nobody holds it.
  if (holder.success && isAlive(holder.data)) throw new DataDirLocked(dataDir, holder.data.pid);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
