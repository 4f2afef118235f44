/** @module The answers of an operation: what it gives, and every problem that it can answer with. */
import { Problem, PROBLEMS, type ProblemCode } from '../../errors.js';
import type { Operation } from '../../service/operations.js';
import { PROBLEM_HELP } from '../problem-help.js';
import { ref, type Json } from './schemas.js';

const header = (description: string, schema: Json, example: unknown): Json => ({
  description,
  schema,
  example,
});

const text = { type: 'string' };
export const HEADERS: Readonly<Record<string, Json>> = {
  'X-Request-Id': header('The name of this request in the log; your own where you sent one.', text, 'run-7'),
  'RateLimit-Policy': header('The rate of this key: `q` calls in `w` seconds.', text, '"key";q=100;w=2'),
  RateLimit: header('`r` calls are left; the whole quota is back in `t` seconds.', text, '"key";r=99;t=1'),
  'Retry-After': header('Seconds until it makes sense to ask again.', { type: 'integer', minimum: 0 }, 5),
  ETag: header('The version of what is shown; send it back in If-Match.', text, '"7"'),
  'Idempotency-Replayed': header(
    'This is the answer to an earlier call; nothing was done again.',
    { type: 'string', enum: ['true'] },
    'true',
  ),
};

export const headerRefs = (...names: string[]): Json =>
  Object.fromEntries(names.map((name) => [name, ref('headers', name)]));

/** Problems that any call of a kind can have. */
export function problemsOf(operation: Operation): ProblemCode[] {
  const reads = operation.method === 'GET';
  const hasBody = !reads && operation.method !== 'DELETE';
  const guarded = Object.values(operation.headers ?? {}).includes('If-Match');
  const own: ProblemCode[] = [
    ...operation.problems,
    ...(['invalid_request', 'unauthorized', 'scope_missing', 'misdirected', 'rate_limited'] as const),
    ...(hasBody && operation.takes !== 'bytes' ? (['invalid_json'] as const) : []),
    ...(hasBody ? (['body_too_large', 'unsupported_media_type'] as const) : []),
    ...(guarded ? (['precondition_failed'] as const) : []),
    ...(operation.keepsAnswer ? (['idempotency_conflict', 'idempotency_in_progress'] as const) : []),
    ...(reads ? [] : (['outcome_unknown'] as const)),
    ...(['unavailable', 'internal'] as const),
  ];
  return Object.keys(PROBLEMS).filter((code) => own.includes(code as ProblemCode)) as ProblemCode[];
}

/** One answer for each HTTP status, with an example for each problem that has it. */
export function problemResponses(codes: readonly ProblemCode[], headers: readonly string[]): Json {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const same = codes.filter((code) => PROBLEMS[code].status === status);
      const waits = same.some((code) => PROBLEMS[code].retryable);
      return [
        String(status),
        {
          description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
          headers: headerRefs(...headers, ...(waits ? ['Retry-After'] : [])),
          content: {
            'application/problem+json': {
              schema: ref('schemas', 'Problem'),
              examples: Object.fromEntries(same.map((code) => [code, ref('examples', code)])),
            },
          },
        },
      ];
    }),
  );
}

export function problemExample(code: ProblemCode): Json {
  const retryAfter = PROBLEMS[code].retryable ? { retryAfter: 5 } : {};
  const problem = new Problem(code, { detail: PROBLEM_HELP[code].meaning, ...retryAfter });
  return { summary: PROBLEMS[code].title, value: { ...problem.toJSON(), requestId: 'run-7' } };
}
