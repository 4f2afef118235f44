/**
 * @module The TypeScript client: one function per operation of the table, typed by it. Runs wherever
 * `fetch` does.
 */
import { call, type Input } from './client/call.js';
import { each } from './client/each.js';
import type { CallOptions, ClientOptions } from './client/options.js';
import { ROUTES } from './client/routes.js';
import { stream, type StreamOptions } from './client/stream.js';
import type { MailwardenClient } from './client/types.js';
import { wait, type WaitInput } from './client/wait.js';
import type { OperationName } from './service/operations.js';

export {
  ConflictError,
  ConnectionError,
  DecisionRefusedError,
  IdempotencyConflictError,
  InvalidRequestError,
  MailwardenError,
  NotFoundError,
  OutcomeUnknownError,
  PolicyDeniedError,
  RateLimitedError,
  ScopeMissingError,
  UnauthorizedError,
  UnavailableError,
  WebhookSignatureError,
} from './client/errors.js';
export type { CallOptions, ClientOptions, Retry } from './client/options.js';
export type { StreamOptions } from './client/stream.js';
export type { MailwardenClient, MailwardenEvent } from './client/types.js';
export { verifyWebhook, type SignedWebhook } from './client/verify-webhook.js';
export type { WaitInput } from './client/wait.js';

type Ask = (input?: Input, options?: CallOptions) => Promise<unknown>;

export function createClient(options: ClientOptions): MailwardenClient {
  const client: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(ROUTES) as OperationName[]) {
    const [noun = '', verb = ''] = name.split('.');
    Object.assign((client[noun] ??= {}), functionsOf(options, name, verb));
  }
  return client as unknown as MailwardenClient;
}

/** The operation by its name, for those who only learn it when they run. */
export async function callOperation(
  client: MailwardenClient,
  name: OperationName,
  input: Input,
  options?: CallOptions,
): Promise<unknown> {
  const [noun = '', verb = ''] = name.split('.');
  const asked = (client as unknown as Record<string, Record<string, Ask>>)[noun]?.[verb];
  return await asked?.(input, options);
}

function functionsOf(client: ClientOptions, name: OperationName, verb: string): Record<string, unknown> {
  const { gives, lists } = ROUTES[name];
  if (gives === 'events')
    return { [verb]: (input: Input = {}, options?: StreamOptions) => stream(client, name, input, options) };
  const ask: Ask = (input = {}, options) => call(client, name, input, options);
  return {
    [verb]: ask,
    ...(lists && {
      [verb === 'list' ? 'each' : 'eachDelivery']: (input: Input = {}, options?: CallOptions) =>
        each((page) => ask(page, options), input),
    }),
    ...(name === 'messages.get' && {
      wait: (input: WaitInput, options?: CallOptions) =>
        wait((one) => ask(one, options), input, options?.signal),
    }),
  };
}
