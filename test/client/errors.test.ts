/** @module Every problem that the server knows is an error that a caller can tell from the others. */
import { expect, test } from 'vitest';
import * as client from '../../src/client.js';
import { errorOf } from '../../src/client/errors.js';
import { PROBLEMS } from '../../src/errors.js';

test.each([
  ['policy_denied', client.PolicyDeniedError],
  ['rate_limited', client.RateLimitedError],
  ['idempotency_conflict', client.IdempotencyConflictError],
  ['not_found', client.NotFoundError],
  ['mailbox_unknown', client.NotFoundError],
  ['invalid_request', client.InvalidRequestError],
  ['unauthorized', client.UnauthorizedError],
  ['scope_missing', client.ScopeMissingError],
  ['own_decision', client.DecisionRefusedError],
  ['precondition_failed', client.ConflictError],
  ['outcome_unknown', client.OutcomeUnknownError],
  ['unavailable', client.UnavailableError],
  ['connection_failed', client.ConnectionError],
])('%s has a class of its own name', (code, type) => {
  const error = errorOf(code, 400, 'why');
  expect(error).toBeInstanceOf(type);
  expect(error).toBeInstanceOf(client.MailwardenError);
  expect(error.name).toBe(type.name);
});

test('a code that is newer than the client is still an error with that code', () => {
  const error = errorOf('constructor', 418, 'why');
  expect(error.constructor).toBe(client.MailwardenError);
  expect(error.code).toBe('constructor');
});

test('every problem of the server has a class, and an error says whether to try again', () => {
  for (const [code, { status, retryable }] of Object.entries(PROBLEMS))
    expect(errorOf(code, status, 'why', { retryable }).retryable).toBe(retryable);
});

test('an error shows what the problem holds', () => {
  const details = { field: 'to', errors: [{ field: 'to', message: 'is empty' }], id: 'msg_1', retryAfter: 3 };
  expect(errorOf('invalid_request', 400, 'why', details)).toMatchObject(details);
  expect(errorOf('invalid_request', 400, 'why', { errors: 'none', id: 7 })).toMatchObject({
    ...{ errors: [], id: undefined, field: undefined },
  });
  const verdict = { outcome: 'deny' };
  expect(errorOf('policy_denied', 403, 'why', { verdict })).toMatchObject({ verdict });
});
