/** @module The name of one request, in its answer and in the log. */

const WELL_FORMED = /^[A-Za-z0-9._-]{1,64}$/u;

/** The caller's own where it is harmless in a log, so that both sides find the same request; else a new one. */
export function requestIdOf(request: Request, randomId: () => string): string {
  const given = request.headers.get('x-request-id');
  return given !== null && WELL_FORMED.test(given) ? given : randomId();
}
