/** @module The candidate policy in a call: as it was written, because parsing fills in defaults. */
import type { Patch } from '../core/policy/patch.js';

/** Undefined where none is given. */
export const candidateIn = (raw: Readonly<Record<string, unknown>>): Patch | undefined =>
  raw['policy'] as Patch | undefined;
