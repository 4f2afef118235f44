/**
 * @module A route for every operation of the table, and for every other method of its path an answer
 * that names those that there are.
 */
import type { Context, Hono } from 'hono';
import type { CallContext, Service } from '../service/index.js';
import { isStream, operationEntries, type Operation, type OperationName } from '../service/operations.js';
import type { CallerReader } from './caller.js';
import type { Env } from './env.js';
import { etagOf, isKnown } from './etag.js';
import { eventStream } from './event-stream.js';
import { inputReader } from './input.js';
import { otherMethods } from './methods.js';
import { sourceResponse } from './source.js';
import { withinTime } from './time-limit.js';

export interface RouteDeps {
  service: Service;
  callerOf: CallerReader;
  /** Milliseconds within which a call is answered, besides what it asks to wait. */
  timeLimit: number;
}

export function addOperationRoutes(app: Hono<Env>, deps: RouteDeps): void {
  const paths = new Map<string, [OperationName, Operation][]>();
  for (const [name, operation] of operationEntries())
    for (const path of [operation.path, operation.shortPath].filter((one) => one !== undefined))
      paths.set(path, [...(paths.get(path) ?? []), [name, operation]]);
  for (const [path, entries] of [...paths].sort(literalFirst)) {
    const pattern = path.replace(/\{(\w+)\}/gu, ':$1');
    for (const [name, operation] of entries)
      app.on(
        operation.method,
        pattern,
        isStream(name) ? eventStream(deps, name) : handler(deps, name, operation),
      );
    app.all(pattern, otherMethods(entries.map(([, { method }]) => method)));
  }
}

/** `/v1/messages/batch` is no message of the id "batch", whatever the method: a field comes after every word. */
const literalFirst = ([a]: [string, unknown], [b]: [string, unknown]): number =>
  a.replaceAll('{', '~') < b.replaceAll('{', '~') ? -1 : 1;

function handler(
  { service, callerOf, timeLimit }: RouteDeps,
  name: OperationName,
  operation: Operation,
): (c: Context<Env>) => Promise<Response> {
  const read = inputReader(operation);
  const readsOnly = operation.method === 'GET';
  return async (c) => {
    const caller = await callerOf(c);
    const input = await read({ request: c.req.raw, params: c.req.param() });
    const waits = typeof input['wait'] === 'number' ? input['wait'] * 1000 : 0;
    const context: CallContext = {};
    const output = await withinTime(
      { ms: timeLimit + waits, signal: c.req.raw.signal, readsOnly },
      async (signal) => await service.call(name, caller, input, Object.assign(context, { signal })),
    );
    return answer(c, operation, output, context);
  };
}

function answer(c: Context<Env>, operation: Operation, output: object, context: CallContext): Response {
  const etag = etagOf(output);
  const headers = {
    ...(etag !== null && { ETag: etag }),
    ...(operation.mediaType !== undefined && { Vary: 'Accept' }),
    ...((context.replayed || ('replayed' in output && output.replayed === true)) && {
      'Idempotency-Replayed': 'true',
    }),
    ...('retryAfter' in output &&
      typeof output.retryAfter === 'number' && { 'Retry-After': String(output.retryAfter) }),
  };
  if (operation.method === 'GET' && etag !== null && isKnown(etag, c.req.header('if-none-match')))
    return new Response(null, { status: 304, headers });
  const source = sourceResponse(operation, output, c.req.header('accept'));
  if (source !== null) return source;
  const text = JSON.stringify(output);
  return new Response(text, {
    status: operation.success,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
      ...headers,
    },
  });
}
