/**
 * @module Every problem a door can answer with: one table from code to HTTP status and whether the same
 * call may be repeated. Rendered as RFC 9457 problem details at one place per door.
 */

/** `status`: HTTP. `retryable`: the same call, unchanged, can succeed later. */
export const PROBLEMS = {
  invalid_json: { status: 400, retryable: false, title: 'The body is not JSON' },
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  unauthorized: { status: 401, retryable: false, title: 'No valid API key was given' },
  scope_missing: { status: 403, retryable: false, title: 'The key may not do this' },
  policy_denied: { status: 403, retryable: false, title: 'Policy does not allow this email' },
  human_decision_required: { status: 403, retryable: false, title: 'Only a person may loosen a policy' },
  own_decision: { status: 403, retryable: false, title: 'Nobody decides on an email of their own' },
  person_required: { status: 403, retryable: false, title: 'Only a person may decide' },
  invalid_signature: { status: 403, retryable: false, title: 'The webhook is not genuine' },
  not_found: { status: 404, retryable: false, title: 'There is no such thing' },
  mailbox_unknown: { status: 404, retryable: false, title: 'There is no such mailbox' },
  method_not_allowed: { status: 405, retryable: false, title: 'The path has no such method' },
  conflict: { status: 409, retryable: false, title: 'It is not in a state that allows this' },
  already_decided: { status: 409, retryable: false, title: 'It was decided already' },
  digest_mismatch: { status: 409, retryable: false, title: 'The email is no longer the one you saw' },
  idempotency_conflict: {
    status: 409,
    retryable: false,
    title: 'The Idempotency-Key was used for something else',
  },
  idempotency_in_progress: {
    status: 409,
    retryable: true,
    title: 'The first call with this Idempotency-Key is still under way',
  },
  lease_active: { status: 409, retryable: true, title: 'An attempt may still be under way' },
  lease_conflict: { status: 409, retryable: true, title: 'Another agent is in contact with them' },
  precondition_failed: { status: 412, retryable: false, title: 'It was changed since you read it' },
  body_too_large: { status: 413, retryable: false, title: 'The body is too large' },
  unsupported_media_type: { status: 415, retryable: false, title: 'The body must be application/json' },
  misdirected: { status: 421, retryable: false, title: 'This host name is not served here' },
  rate_limited: { status: 429, retryable: true, title: 'The limit is reached' },
  internal: { status: 500, retryable: false, title: 'Mailwarden failed; the log has the details' },
  outcome_unknown: { status: 503, retryable: true, title: 'It is not known whether this was accepted' },
  unavailable: { status: 503, retryable: true, title: 'A service that is needed does not answer' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is wrong and where, and how to mend it. No secret, address or body may be put in here. */
export interface ProblemDetails {
  /** One sentence for the caller: what is wrong and how to mend it. */
  detail: string;
  /** The first field concerned. */
  field?: string;
  /** Every field concerned. */
  errors?: { field: string; message: string }[];
  /** Seconds. */
  retryAfter?: number;
  /** Further members of the problem, such as `id` and `verdict`. */
  members?: Record<string, unknown>;
}

/** Thrown by any operation, rendered by the door it came through. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly retryable: boolean;

  constructor(
    readonly code: ProblemCode,
    readonly details: ProblemDetails,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${details.detail}`, options);
    this.status = PROBLEMS[code].status;
    this.retryable = PROBLEMS[code].retryable;
  }

  /** RFC 9457 problem details. */
  toJSON(): Record<string, unknown> {
    const { detail, field, errors, retryAfter, members } = this.details;
    return {
      type: `urn:mailwarden:problem:${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      code: this.code,
      detail,
      retryable: this.retryable,
      docs: `/problems/${this.code}`,
      ...(field !== undefined && { field }),
      ...(errors && errors.length > 0 && { errors }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...members,
    };
  }
}
