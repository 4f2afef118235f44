/** @module What a process has used, from Linux's /proc; NaN where there is none. */
import { readFileSync } from 'node:fs';

/** Of a clock tick, as `getconf CLK_TCK` has it on every Linux we know. */
const TICKS_PER_SECOND = 100;

/** CPU seconds, user and system, of a process and those that it has started. */
export function cpuOf(pid: number): number {
  return timesOf(pid) + childrenOf(pid).reduce((sum, child) => sum + timesOf(child), 0);
}

function timesOf(pid: number): number {
  try {
    // The name, in brackets, may hold blanks; utime and stime are the 12th and 13th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return (list.match(/\d+/gu) ?? []).map(Number);
  } catch {
    return [];
  }
}
