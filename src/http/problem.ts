/**
 * @module How a failure leaves this door: RFC 9457 problem details, for everything there is.
 */
import { Problem } from '../errors.js';
import { isOutage, unavailable } from '../service/index.js';

/** The problem that an error is. What was not foreseen is `internal`, and says nothing more. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isOutage(error)) return unavailable(error);
  return new Problem(
    'internal',
    { detail: 'this is a mistake of ours; give the request id to whoever runs this server' },
    { cause: error },
  );
}

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const { retryAfter } = problem.details;
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter)) }),
      ...(problem.code === 'unauthorized' && { 'WWW-Authenticate': 'Bearer realm="mailwarden"' }),
      ...headers,
    },
  });
}

/** The path is there, the method isn't. */
export function notAllowed(methods: readonly string[]): Response {
  const allow = methods.join(', ');
  return problemResponse(new Problem('method_not_allowed', { detail: `this path takes ${allow}` }), {
    Allow: allow,
  });
}
