/**
 * @module Where each operation stands in HTTP, read off the table. The build puts the result in the place of this
 * module, so that the client which is shipped carries neither zod nor what only a server can load.
 */
import { z } from 'zod';
import { operationEntries, pathFields, type Operation, type OperationName } from '../service/operations.js';

export interface Route {
  method: Operation['method'];
  path: string;
  shortPath?: string;
  /** The fields that stand in the path. */
  inPath: readonly string[];
  /** The fields that are headers. */
  headers: Readonly<Record<string, string>>;
  /** The same call again has no second effect: by its nature, or because the client gives it a key. */
  repeats: boolean;
  /** Only its key makes it so. */
  needsKey?: true;
  /** It answers a list, maybe in pages. */
  lists: boolean;
  takes?: 'bytes';
  gives?: 'events';
}

export const ROUTES = Object.fromEntries(
  operationEntries().map(([name, operation]) => [name, routeOf(operation)]),
) as Readonly<Record<OperationName, Route>>;

function routeOf(operation: Operation): Route {
  const { method, path, shortPath, headers = {}, takes, gives } = operation;
  const hasKey = operation.keepsAnswer === true && 'idempotencyKey' in headers;
  return {
    ...{ method, path, headers, inPath: pathFields(path) },
    ...(shortPath !== undefined && { shortPath }),
    repeats: operation.idempotent || hasKey,
    ...(!operation.idempotent && hasKey && { needsKey: true as const }),
    lists: method === 'GET' && operation.output instanceof z.ZodObject && 'items' in operation.output.shape,
    ...(takes && { takes }),
    ...(gives && { gives }),
  };
}
