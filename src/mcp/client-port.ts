/** @module Mailwarden, asked over the network, with one key: for a server on standard input and output. */
import { callOperation, createClient, MailwardenError, type ClientOptions } from '../client.js';
import { OPERATIONS, type Operation, type OperationName } from '../service/operations.js';
import type { Identity, Port, ShownProblem } from './port.js';

export function clientPort(options: ClientOptions): Port {
  const client = createClient(options);
  return {
    async identity() {
      try {
        return identityOf(await callOperation(client, 'keys.whoami', {}));
      } catch (error) {
        if (error instanceof MailwardenError) return null;
        throw error;
      }
    },
    async call(name, input, signal) {
      try {
        const more = { ...(signal && { signal }), ...(isKnownByContent(name) && { idempotencyKey: null }) };
        return { output: (await callOperation(client, name, input, more)) as Record<string, unknown> };
      } catch (error) {
        return { problem: problemOf(error) };
      }
    },
  };
}

/**
 * A key that the client made for one call would hide that a model makes it again after a lost reply: without one, the
 * server knows an equal email by its content.
 */
function isKnownByContent(name: OperationName): boolean {
  const { headers, keepsAnswer }: Operation = OPERATIONS[name];
  return headers !== undefined && 'idempotencyKey' in headers && keepsAnswer !== true;
}

function identityOf(answer: unknown): Identity {
  const { kind, scopes, mailboxes } = answer as {
    kind: string;
    scopes: string[];
    mailboxes: unknown[] | null;
  };
  return { scopes, isPerson: kind === 'person', hasOneMailbox: mailboxes?.length === 1 };
}

function problemOf(error: unknown): ShownProblem {
  if (!(error instanceof MailwardenError))
    // The call was given up by its own client, or something that nobody foresaw.
    return { code: 'connection_failed', status: 0, detail: 'the call was not finished', retryable: true };
  const { code, status, message, retryable, details } = error;
  return { ...details, code, status, detail: message, retryable };
}
