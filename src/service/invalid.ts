/** @module An input that does not fit, as the problem that says where and how to mend it. */
import type { z } from 'zod';
import { fieldProblems, type FieldProblem } from '../core/email/problem.js';
import { Problem } from '../errors.js';

export const invalidInput = (error: z.ZodError): Problem => invalid(fieldProblems(error));

export function invalid(errors: FieldProblem[]): Problem {
  const [first] = errors;
  return new Problem('invalid_request', {
    detail: first
      ? `${first.field === '' ? 'the input' : first.field}: ${first.message}`
      : 'the input is not valid',
    ...(first && first.field !== '' && { field: first.field }),
    errors,
  });
}
