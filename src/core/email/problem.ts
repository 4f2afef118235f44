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
      field: pathOf([...issue.path, key.slice(0, 80)]),
      message: `unknown field; ${FIELD_HINTS[key] ?? 'remove it, or check its spelling'}`,
    }));
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map((branch) => branch.flatMap(problemsOf));
    // The branch that got furthest (deepest path) is the one that the caller meant.
    const best = branches.sort((a, b) => depth(b) - depth(a))[0] ?? [];
    if (best.length > 0)
      return best.map((one) => ({ ...one, field: join(pathOf(issue.path), one.field) }));
  }
  if (issue.code === 'invalid_key')
    return [{ field: pathOf(issue.path), message: issue.issues[0]?.message ?? issue.message }];
  return [{ field: pathOf(issue.path), message: issue.message }];
}

const depth = (problems: FieldProblem[]) => Math.max(0, ...problems.map((one) => one.field.length));

const join = (prefix: string, field: string) =>
  field === '' || field.startsWith('[') || prefix === '' ? prefix + field : `${prefix}.${field}`;

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
    '',
  );
}
