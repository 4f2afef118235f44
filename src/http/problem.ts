/**
 * @module How a failure leaves this door: RFC 9457 problem details, for everything there is.
 */
import type { Problem } from '../errors.js';

export { problemOf } from '../service/index.js';

export function problemResponse(
  problem: Problem,
  requestId: string,
  headers: Record<string, string> = {},
): Response {
  const { retryAfter } = problem.details;
  const text = JSON.stringify({ ...problem.toJSON(), requestId });
  return new Response(text, {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Content-Length': String(Buffer.byteLength(text)),
      ...(retryAfter !== undefined && { 'Retry-After': String(Math.ceil(retryAfter)) }),
      ...(problem.code === 'unauthorized' && { 'WWW-Authenticate': 'Bearer realm="mailwarden"' }),
      ...headers,
    },
  });
}
