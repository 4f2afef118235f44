/**
 * @module Which process a pid in a file meant: a pid alone is used again by the system, pid and start
 * time together are not. Zombies count as dead, because in a container nobody may ever reap them.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, recognisable after a restart of ours. `start` is opaque: equal or not. */
export interface ProcessIdentity {
  pid: number;
  /** Null where the system does not tell. */
  start: string | null;
}

/** The identity of a process that lives now; null where there is none. */
export function identityOf(pid: number): ProcessIdentity | null {
  if (!exists(pid)) return null;
  if (process.platform === 'linux') return linuxIdentity(pid);
  return { pid, start: startByPs(pid) };
}

/** Whether that very process is still alive. Without a start time the pid alone has to do. */
export function isAlive(recorded: ProcessIdentity): boolean {
  const now = identityOf(recorded.pid);
  if (now === null) return false;
  return recorded.start === null || now.start === null || recorded.start === now.start;
}

/** As `isAlive`, but never true by pid alone: asked before a process is ended. */
export function isCertainlyAlive(recorded: ProcessIdentity): boolean {
  return recorded.start !== null && identityOf(recorded.pid)?.start === recorded.start;
}

function exists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** proc(5): after the parenthesised name come the state (field 3) and the start in clock ticks (field 22). */
function linuxIdentity(pid: number): ProcessIdentity | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return exists(pid) ? { pid, start: null } : null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  // Ticks count from boot, so the boot belongs to the identity.
  const boot = readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return { pid, start: `${boot}:${fields[19] ?? ''}` };
}

function startByPs(pid: number): string | null {
  try {
    const answer = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    return answer.trim() || null;
  } catch {
    return null;
  }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
