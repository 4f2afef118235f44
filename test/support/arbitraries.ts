/**
 * @module Random values of the core's words, for property tests; and a hash, a revision and facts to start from.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Hash } from '../../src/core/email/canonical.js';
import type { Revision } from '../../src/core/email/revision.js';
import {
  RECEIPT_OUTCOMES,
  RECIPIENT_STATUSES,
  REPORT_TYPES,
  type RecipientEvent,
  type RecipientStatus,
} from '../../src/core/email/state.js';
import type { Facts } from '../../src/core/policy/facts.js';
import { neutralFacts } from '../../src/core/policy/neutral-facts.js';
import { policySchema, type Policy, type PolicyInput } from '../../src/core/policy/schema.js';

export const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');

export const NOW = new Date('2026-03-01T12:00:00.000Z');

export function aRevision(change: Partial<Revision> = {}): Revision {
  return {
    from: { address: 'agent@sender.example', name: 'Agent' },
    to: [{ address: 'ada@client.example' }],
    cc: [],
    bcc: [],
    subject: 'Hello',
    text: 'Hello Ada',
    headers: {},
    attachments: [],
    messageId: '<msg_a.1@sender.example>',
    category: 'transactional',
    ...change,
  };
}

/** A revision to these, all in To. */
export const to = (...addresses: string[]): Revision =>
  aRevision({ to: addresses.map((address) => ({ address })) });

export const aPolicy = (input: PolicyInput = {}): Policy => policySchema.parse(input);

/** Of a mailbox that has sent nothing yet; `change` is what the test is about. */
export function theFacts(change: Partial<Facts> = {}): Facts {
  const facts = neutralFacts(NOW);
  const mailbox = { ...facts.mailbox, address: 'agent@sender.example' };
  return { ...facts, mailbox, policyVersion: 'p1', ...change };
}

export const recipientStatus: fc.Arbitrary<RecipientStatus> = fc.constantFrom(...RECIPIENT_STATUSES);

export const report: fc.Arbitrary<RecipientEvent & { on: 'report' }> = fc.record(
  {
    on: fc.constant('report' as const),
    type: fc.constantFrom(...REPORT_TYPES),
    bounce: fc.constantFrom('hard' as const, 'soft' as const, 'block' as const),
    suppressed: fc.boolean(),
  },
  { requiredKeys: ['on', 'type'] },
);

export const recipientEvent: fc.Arbitrary<RecipientEvent> = fc.oneof(
  fc.constant({ on: 'claim' as const }),
  fc.constant({ on: 'lost' as const }),
  fc.constant({ on: 'refuse' as const }),
  fc.constant({ on: 'repeat' as const }),
  fc.constant({ on: 'failover' as const }),
  fc.constantFrom(...RECEIPT_OUTCOMES).map((outcome) => ({ on: 'receipt' as const, outcome })),
  fc
    .constantFrom('sent' as const, 'not_sent' as const, 'abandoned' as const)
    .map((as) => ({ on: 'resolve' as const, as })),
  report,
);

/** Letters in any script, control characters, halves of surrogate pairs: what a caller can put in a JSON string. */
export const anyText: fc.Arbitrary<string> = fc.string({ unit: 'binary' });
