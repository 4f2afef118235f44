/** @module In what two policies differ, setting by setting. Pure. */
import { canonical } from '../email/canonical.js';
import { loosenedFields } from './loosening.js';
import type { Policy } from './schema.js';

export interface Difference {
  /** `limits.hourly`. */
  field: string;
  /** Null where it is not set. */
  before: unknown;
  after: unknown;
  /** True where it may let through what was denied, held or delayed before. */
  loosens: boolean;
}

export function differences(before: Policy, after: Policy): Difference[] {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const loosened = loosenedFields(before, after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((field) => ({ field, before: was.get(field) ?? null, after: is.get(field) ?? null }))
    .filter((one) => canonical(one.before) !== canonical(one.after))
    .map((one) => ({ ...one, loosens: loosened.some((field) => isWithin(field, one.field)) }));
}

/** A group that appears or goes is named as a whole by one side, and by its settings on the other. */
const isWithin = (one: string, other: string): boolean =>
  one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);

/** Lists are settings as a whole. */
function leavesOf(value: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, unknown][] => {
      const name = `${path}${key}`;
      if (inner === undefined) return [];
      const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
      return isGroup ? [...leavesOf(inner, `${name}.`)] : [[name, inner]];
    }),
  );
}
