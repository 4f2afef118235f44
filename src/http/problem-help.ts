/** @module What each problem means, and how to mend it: shown on its page, and in OpenAPI. */
import type { ProblemCode } from '../errors.js';

export interface ProblemHelp {
  meaning: string;
  mend: string;
}

export const PROBLEM_HELP: Readonly<Record<ProblemCode, ProblemHelp>> = {
  invalid_json: {
    meaning: 'The body ended too early, is not UTF-8, or is not JSON.',
    mend: 'Let a JSON library write the body; check quotes, commas and brackets.',
  },
  invalid_request: {
    meaning: 'A field is missing, unknown, in the wrong place, or has a value that it cannot have.',
    mend: 'Change what `errors` names, field by field, as each message says. Nothing was done.',
  },
  unauthorized: {
    meaning: 'There was no API key, it was mistyped, or it is not known, revoked or expired.',
    mend: 'Send `Authorization: Bearer mw_live_…` with the whole key, or ask for a new one.',
  },
  scope_missing: {
    meaning: 'The key is valid, but it does not have one of the scopes that this call needs.',
    mend: 'Use a key with a scope that `detail` names. No retry with this key can succeed.',
  },
  policy_denied: {
    meaning: 'The policy of the mailbox denies this email; `verdict` has every check and its evidence.',
    mend: 'Tell whoever asked for the email. Do not reword it or try other ways around the policy.',
  },
  human_decision_required: {
    meaning:
      'The change would loosen a policy: `loosens` names each setting. A key without policy:admin only tightens.',
    mend: 'Send a person to the `url` in `change`, or leave out what loosens. Nothing was changed.',
  },
  own_decision: {
    meaning: 'An email may not be approved by whoever submitted it, nor by a key made with theirs.',
    mend: 'Let another person decide.',
  },
  person_required: {
    meaning: 'The key belongs to an agent or a service, and this is for people only.',
    mend: 'Send a person to the `approvalUrl` of the email.',
  },
  invalid_signature: {
    meaning: 'The signature does not fit the body, or the webhook is too old.',
    mend: 'Check the webhook secret of this provider on both sides, and the clock of this server.',
  },
  not_found: {
    meaning: 'There is nothing of that id or path that this key may see.',
    mend: 'Check the id. A key sees only its own org, mode (live or test) and mailboxes.',
  },
  mailbox_unknown: {
    meaning: 'There is no mailbox of that id or address that this key may see.',
    mend: 'List the mailboxes, and name one of them.',
  },
  method_not_allowed: {
    meaning: 'The path is right, the method is not.',
    mend: 'Use one of the methods in the Allow header.',
  },
  conflict: {
    meaning: 'What the call is about is not, or no longer, in a state that allows it.',
    mend: 'Read it again, and decide anew.',
  },
  already_decided: {
    meaning: 'Somebody else, or the deadline, was first.',
    mend: 'Read the email; its decision stands.',
  },
  digest_mismatch: {
    meaning: 'The email was edited after you read it, so your decision would be about another text.',
    mend: 'Read it again, and decide with the digest that it has now.',
  },
  idempotency_conflict: {
    meaning: 'The same Idempotency-Key came with another content before. Nothing new was done.',
    mend: 'Use a new key for a new thing; to repeat the first call, repeat it unchanged.',
  },
  idempotency_in_progress: {
    meaning: 'Another call with this Idempotency-Key has not ended yet.',
    mend: 'Repeat the same call after Retry-After seconds; it gives the answer of the first.',
  },
  lease_active: {
    meaning: 'A worker may be handing this email to a provider at this moment.',
    mend: 'Repeat the call after Retry-After seconds.',
  },
  lease_conflict: {
    meaning:
      'Another agent of your organisation holds the lease on this contact; `holder` and `until` say who, and until when.',
    mend: 'Leave the contact to them, or ask again after Retry-After seconds.',
  },
  precondition_failed: {
    meaning: 'Somebody changed it after you read it; your change would have undone theirs.',
    mend: 'Read it again, and repeat the change with its new ETag in If-Match.',
  },
  body_too_large: {
    meaning: 'The body has more bytes than this path takes.',
    mend: 'Send less. Attachments go to `POST /v1/attachments` once, and are then named by their SHA-256.',
  },
  unsupported_media_type: {
    meaning: 'The body is of another media type than this path takes, or it is compressed.',
    mend: 'Send `Content-Type: application/json`, and no Content-Encoding.',
  },
  misdirected: {
    meaning: 'The request names a host that this server does not go by.',
    mend: 'Use its own name, or add the name to `http.allowedHosts` of the config.',
  },
  rate_limited: {
    meaning: 'The key makes too many calls per second, or the mailbox has reached its limit of emails.',
    mend: 'Wait for Retry-After seconds; `detail` says which limit it is.',
  },
  internal: {
    meaning: 'This is a mistake in Mailwarden. What was done before it is kept or undone as a whole.',
    mend: 'Give the request id to whoever runs the server; the log has more under it.',
  },
  outcome_unknown: {
    meaning: 'The call may or may not have been accepted; the answer got lost on the way.',
    mend: 'Repeat exactly the same call, with the same key: it is never done twice.',
  },
  unavailable: {
    meaning: 'The database or Temporal does not answer at the moment. Nothing was accepted.',
    mend: 'Repeat the same call after Retry-After seconds.',
  },
};
