/**
 * @module Turns what zod found wrong into a field, a reason and the mend. Pure: used by every door and
 * by `admit`, so that the same mistake reads the same everywhere.
 */
import type { z } from 'zod';
import { FIELD_HINTS } from './request.js';

/** One thing wrong with an input. `field` is a path such as `to[1]` or `attachments[0].content`. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** At most this many problems are reported; the first ones are enough to mend a request. */
const MOST = 10;

/** The problems in an error of zod, without the values that caused them. */
export function fieldProblems(error: z.ZodError): FieldProblem[] {
  return error.issues.flatMap(problemsOf).slice(0, MOST);
}

function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: pathOf([...issue.path, key]),
      message: `unknown field; ${hintFor(key) ?? 'remove it, or check its spelling'}`,
    }));
  if (issue.code === 'invalid_union') {
    // The branch that the caller meant: of the type that was given, and there the one that got furthest.
    const [fit] = issue.errors.filter((branch) => !branch.some(isOtherType));
    const deepest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0];
    const best = (fit ?? deepest ?? []).flatMap(problemsOf);
    if (best.length > 0) return best.map((one) => ({ ...one, field: join(pathOf(issue.path), one.field) }));
  }
  if (issue.code === 'invalid_key')
    return [{ field: pathOf(issue.path), message: issue.issues[0]?.message ?? issue.message }];
  return [{ field: pathOf(issue.path), message: issue.message }];
}

/** The value itself is of another type than this branch is about. */
const isOtherType = (issue: z.core.$ZodIssue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isOtherType))));

const depth = (branch: z.core.$ZodIssue[]) => Math.max(0, ...branch.map((issue) => issue.path.length));

const hintFor = (key: string) => (Object.hasOwn(FIELD_HINTS, key) ? FIELD_HINTS[key] : undefined);

const join = (prefix: string, field: string) =>
  field === '' || field.startsWith('[') || prefix === '' ? prefix + field : `${prefix}.${field}`;

/** A key is the caller's own text: shortened, so that an answer stays an answer. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part).slice(0, 80);
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
