/** @module Names that others rely on, as literals: a change here breaks somebody's client, script or history. */
import { expect, test } from 'vitest';
import { PROBLEMS, Problem } from '../../src/errors.js';
import {
  MESSAGE_STATUSES,
  RECEIPT_OUTCOMES,
  RECIPIENT_STATUSES,
  REPORT_TYPES,
} from '../../src/core/email/state.js';
import { RULES } from '../../src/core/policy/rules/index.js';
import { AUTONOMY_LEVELS } from '../../src/core/policy/schema.js';
import { SCOPES } from '../../src/store/store.js';
import * as messages from '../../workflows/messages.js';

test('the signals, updates and query of sendEmail', () => {
  const named = Object.values(messages).map((one) => `${one.type} ${one.name}`);
  expect(named.sort()).toEqual([
    'query status',
    'signal approve',
    'signal cancel',
    'signal deliveryReport',
    'signal reject',
    'update cancel',
    'update decide',
    'update deliveryReport',
    'update reschedule',
    'update resolve',
    'update revise',
    'update submit',
  ]);
});

test('the statuses, outcomes, reports, levels and scopes', () => {
  expect(MESSAGE_STATUSES.join(' ')).toBe(
    'queued held scheduled sending sent deferred delivered bounced complained failed unknown denied rejected expired canceled',
  );
  expect(RECIPIENT_STATUSES.join(' ')).toBe(
    'ready claimed sent deferred soft_bounced delivered bounced complained failed unknown',
  );
  expect(RECEIPT_OUTCOMES.join(' ')).toBe('accepted not_sent_retry not_sent_permanent unknown');
  expect(REPORT_TYPES.join(' ')).toBe(
    'sent delivered deferred bounced complained opened clicked unsubscribed',
  );
  expect(AUTONOMY_LEVELS.join(' ')).toBe('read_only review_all first_contact monitored auto');
  expect(SCOPES.join(' ')).toBe(
    'messages:send messages:read drafts:write approvals:decide suppressions:write consents:write webhooks:write policy:admin org:admin',
  );
});

test('the codes of the rules', () => {
  expect(RULES.map((one) => one.code)).toEqual([
    'tenant_paused',
    'mailbox_active',
    'key_paused',
    'category_allowed',
    'reason_required',
    'reply_to_domain',
    'address_syntax',
    'recipient_domain',
    'disposable_email',
    'role_account',
    'likely_typo',
    'hard_bounced',
    'recipient_deny_list',
    'recipient_allow_list',
    'vip_recipient',
    'recipient_count',
    'external_recipients',
    'first_contact',
    'suppression_check',
    'consent_validation',
    'lease_conflict',
    'duplicate',
    'cooldown',
    'rate_limit_recipient',
    'distinct_recipients',
    'rate_limit_hourly',
    'rate_limit_daily',
    'rate_limit_monthly',
    'rate_limits',
    'warmup_limit',
    'negative_signal_budget',
    'volume_spike',
    'sending_hours',
    'approval_age',
    'untrusted_input',
    'autonomy_level',
  ]);
});

test('the problem codes, with their HTTP status and whether the same call may be repeated', () => {
  const table = Object.entries(PROBLEMS).map(
    ([code, one]) => `${one.status} ${code}${one.retryable ? ' again' : ''}`,
  );
  expect(table).toEqual([
    '400 invalid_json',
    '400 invalid_request',
    '401 unauthorized',
    '403 scope_missing',
    '403 policy_denied',
    '403 human_decision_required',
    '403 own_decision',
    '403 person_required',
    '403 invalid_signature',
    '404 not_found',
    '404 mailbox_unknown',
    '405 method_not_allowed',
    '409 conflict',
    '409 already_decided',
    '409 digest_mismatch',
    '409 idempotency_conflict',
    '409 idempotency_in_progress again',
    '409 lease_active again',
    '409 lease_conflict again',
    '412 precondition_failed',
    '413 body_too_large',
    '415 unsupported_media_type',
    '421 misdirected',
    '429 rate_limited again',
    '500 internal',
    '503 outcome_unknown again',
    '503 unavailable again',
  ]);
});

test('a problem is rendered as RFC 9457 has it, with what it concerns', () => {
  const problem = new Problem('invalid_request', {
    detail: 'to: is not a mail address',
    field: 'to',
    errors: [{ field: 'to', message: 'is not a mail address' }],
    retryAfter: 5,
    members: { id: 'msg_a' },
  });
  expect(JSON.parse(JSON.stringify(problem))).toEqual({
    type: 'urn:mailwarden:problem:invalid_request',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    detail: 'to: is not a mail address',
    retryable: false,
    docs: '/problems/invalid_request',
    field: 'to',
    errors: [{ field: 'to', message: 'is not a mail address' }],
    retryAfter: 5,
    id: 'msg_a',
  });
});
