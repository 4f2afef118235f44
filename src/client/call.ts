/** @module One call of an operation, from its input to its answer. */
import type { OperationName } from '../service/operations.js';
import type { CallOptions, ClientOptions } from './options.js';
import { requestFor, type Prepared } from './request.js';
import { withRetries } from './retry.js';
import { ROUTES } from './routes.js';
import { tryOnce } from './try-once.js';

export type Input = Readonly<Record<string, unknown>>;

/** @throws MailwardenError; the reason of `call.signal`. */
export async function call(
  client: ClientOptions,
  name: OperationName,
  input: Input,
  options: CallOptions = {},
): Promise<unknown> {
  const request = prepare(client, name, input, options);
  const { repeats, needsKey } = ROUTES[name];
  const isKeyed = needsKey !== true || 'Idempotency-Key' in request.init.headers;
  const timeout = Math.max(options.timeout ?? client.timeout ?? 30_000, waitOf(input));
  return await withRetries({ operation: name, repeats: repeats && isKeyed, client, call: options }, () =>
    tryOnce(client, request, { timeout, ...(options.signal && { signal: options.signal }) }),
  );
}

export function prepare(
  client: ClientOptions,
  name: OperationName,
  input: Input,
  { idempotencyKey }: CallOptions,
): Prepared {
  const target = { ...client, newKey: () => globalThis.crypto.randomUUID() };
  const route = ROUTES[name];
  // No key is what an operation that takes none has anyway.
  const isGiven = idempotencyKey === null ? 'idempotencyKey' in route.headers : idempotencyKey !== undefined;
  return requestFor(target, route, isGiven ? { ...input, idempotencyKey } : input);
}

/** A server that was asked to wait answers late: by so many seconds, and some for the way. */
const waitOf = ({ wait }: Input): number => (typeof wait === 'number' ? (wait + 10) * 1000 : 0);
