/** @module What a process has used, from Linux's /proc; NaN where there is none. */
import { readFileSync } from 'node:fs';

/** Of a clock tick, as `getconf CLK_TCK` has it on every Linux we know. */
const TICKS_PER_SECOND = 100;

/** CPU seconds, user and system, of a process. */
export function cpuOf(pid: number, fields: 2 | 4 = 2): number {
  try {
    // The name, in brackets, may hold blanks. From the 12th field after it: utime, stime, and both of ended children.
    const all = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return all.slice(11, 11 + fields).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}

/** Of a process with those that it has started: the ones that live, and the ones that it has seen end. */
export function cpuOfTree(pid: number): number {
  return cpuOf(pid, 4) + childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), 0);
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return (list.match(/\d+/gu) ?? []).map(Number);
  } catch {
    return [];
  }
}
