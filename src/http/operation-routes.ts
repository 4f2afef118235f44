/**
 * @module A route for every operation of the table, and for every other method of its path an answer
 * that names those that there are.
 */
import type { Context, Hono } from 'hono';
import type { Service } from '../service/index.js';
import { operationEntries, type Operation, type OperationName } from '../service/operations.js';
import type { Env } from './env.js';
import { inputReader } from './input.js';
import { notAllowed } from './problem.js';

export function addOperationRoutes(app: Hono<Env>, service: Service): void {
  const methods = new Map<string, Set<string>>();
  for (const [name, operation] of operationEntries())
    for (const path of [operation.path, operation.shortPath].filter((one) => one !== undefined)) {
      const pattern = path.replace(/\{(\w+)\}/gu, ':$1');
      app.on(operation.method, pattern, handler(service, name, operation));
      methods.set(pattern, (methods.get(pattern) ?? new Set()).add(operation.method));
    }
  for (const [pattern, allowed] of methods) app.all(pattern, () => notAllowed([...allowed]));
}

function handler(
  service: Service,
  name: OperationName,
  operation: Operation,
): (c: Context<Env>) => Promise<Response> {
  const read = inputReader(operation);
  return async (c) => {
    const caller = await service.authenticate(bearer(c.req.raw));
    const input = await read({ request: c.req.raw, params: c.req.param() });
    const output = await service.call(name, caller, input);
    return c.json(output, operation.success, {
      'Cache-Control': 'no-store',
      ...('retryAfter' in output &&
        output.retryAfter !== undefined && { 'Retry-After': String(output.retryAfter) }),
    });
  };
}

/** The key in the Authorization header; null where there is none of that kind. */
function bearer(request: Request): string | null {
  return /^Bearer +(\S{1,200})$/iu.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}
