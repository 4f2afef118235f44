/**
 * @module What goes wrong in a call, as classes: one for each thing that a caller would do something else about.
 */
import type { ProblemCode } from '../errors.js';

/** The server answered with a problem, or did not answer (`code` is then `connection_failed`). */
export class MailwardenError extends Error {
  override name = 'MailwardenError';
  constructor(
    /** Stable: see PROBLEMS in errors.ts. */
    readonly code: string,
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    message: string,
    /** All members of the problem: `field`, `errors`, `id`, `verdict`, … */
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The same call, unchanged, can succeed later. */
  get retryable(): boolean {
    return this.details['retryable'] === true;
  }

  /** Seconds after which it makes sense to try again, where the server knows. */
  get retryAfter(): number | undefined {
    return this.number('retryAfter');
  }

  /** The email that the problem is about. */
  get id(): string | undefined {
    return this.text('id');
  }

  protected text(member: string): string | undefined {
    const value = this.details[member];
    return typeof value === 'string' ? value : undefined;
  }

  protected number(member: string): number | undefined {
    const value = this.details[member];
    return typeof value === 'number' ? value : undefined;
  }
}

/** What was written is not valid: `field` is the first one concerned, `errors` are all of them. */
export class InvalidRequestError extends MailwardenError {
  override name = 'InvalidRequestError';
  get field(): string | undefined {
    return this.text('field');
  }
  get errors(): readonly { field: string; message: string }[] {
    const { errors } = this.details;
    return Array.isArray(errors) ? (errors as { field: string; message: string }[]) : [];
  }
}

/** The key is not valid, was revoked, or has expired. */
export class UnauthorizedError extends MailwardenError {
  override name = 'UnauthorizedError';
}

/** The key may not do this. */
export class ScopeMissingError extends MailwardenError {
  override name = 'ScopeMissingError';
}

/** Policy denies the email: final, `verdict` says why. */
export class PolicyDeniedError extends MailwardenError {
  override name = 'PolicyDeniedError';
  get verdict(): unknown {
    return this.details['verdict'];
  }
}

/** Somebody else has to decide: not the email's own sender, and a person. */
export class DecisionRefusedError extends MailwardenError {
  override name = 'DecisionRefusedError';
}

/** There is no such thing, or none that the key may see. */
export class NotFoundError extends MailwardenError {
  override name = 'NotFoundError';
}

/** It is no longer in a state that allows this: read it again. */
export class ConflictError extends MailwardenError {
  override name = 'ConflictError';
}

/** The key of the call was used for something else before. */
export class IdempotencyConflictError extends ConflictError {
  override name = 'IdempotencyConflictError';
}

/** A limit is reached; with `id`, one of policy, and that email is denied. */
export class RateLimitedError extends MailwardenError {
  override name = 'RateLimitedError';
}

/** Nobody knows whether it was accepted: to repeat it with the same key is safe, with another is not. */
export class OutcomeUnknownError extends MailwardenError {
  override name = 'OutcomeUnknownError';
}

/** The server, or what it needs, does not answer at present; nothing was accepted. */
export class UnavailableError extends MailwardenError {
  override name = 'UnavailableError';
}

/** No answer came: the server is not there, the connection broke, or it took too long. */
export class ConnectionError extends MailwardenError {
  override name = 'ConnectionError';
  override get retryable(): boolean {
    return true;
  }
}

/** A webhook that is not from Mailwarden, was changed on its way, or is too old. */
export class WebhookSignatureError extends MailwardenError {
  override name = 'WebhookSignatureError';
}

const CLASSES: Readonly<Record<ProblemCode | 'connection_failed', typeof MailwardenError>> = {
  invalid_json: InvalidRequestError,
  invalid_request: InvalidRequestError,
  body_too_large: InvalidRequestError,
  unsupported_media_type: InvalidRequestError,
  unauthorized: UnauthorizedError,
  scope_missing: ScopeMissingError,
  policy_denied: PolicyDeniedError,
  human_decision_required: DecisionRefusedError,
  own_decision: DecisionRefusedError,
  person_required: DecisionRefusedError,
  not_found: NotFoundError,
  mailbox_unknown: NotFoundError,
  conflict: ConflictError,
  already_decided: ConflictError,
  digest_mismatch: ConflictError,
  lease_active: ConflictError,
  lease_conflict: ConflictError,
  precondition_failed: ConflictError,
  idempotency_in_progress: ConflictError,
  idempotency_conflict: IdempotencyConflictError,
  rate_limited: RateLimitedError,
  outcome_unknown: OutcomeUnknownError,
  unavailable: UnavailableError,
  connection_failed: ConnectionError,
  invalid_signature: WebhookSignatureError,
  method_not_allowed: MailwardenError,
  misdirected: MailwardenError,
  internal: MailwardenError,
};

/** An error of the class of its code; a code that is newer than this client is the plain one. */
export function errorOf(
  code: string,
  status: number,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  options?: ErrorOptions,
): MailwardenError {
  const known = Object.hasOwn(CLASSES, code) ? CLASSES[code as ProblemCode] : MailwardenError;
  return new known(code, status, message, details, options);
}
