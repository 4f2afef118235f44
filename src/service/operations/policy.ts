/** @module Operations: the policy of an org and of its mailboxes. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { pageOf } from '../schemas/page.js';
import {
  policyAppliedSchema,
  policyApplySchema,
  policyFoundSchema,
  policyGetSchema,
  policyPresetSchema,
  policyShownSchema,
  policyVersionName,
  policyVersionSchema,
  policyVersionsSchema,
} from '../schemas/policy.js';
import { policySchema } from '../../core/policy/schema.js';

const OWN = { limits: { hourly: 50 }, deny: ['competitor.example'] };
const BEFORE = '3f1d9a0c7be24586a1f0c2d4e6b81357';
const DIGEST = '9c0e4b7a21d85f36b4e7a90c1d2f3856';
const MAILBOX = 'mbx_7q2m4n6p8r';
const VERSION = {
  ...{ id: 'pol_4c6e8g', mailbox: MAILBOX, number: 2, patch: OWN, digest: DIGEST },
  ...{ by: 'prn_5d2c8a1b7e3f4096', why: 'as agreed with sales', createdAt: '2026-01-31T09:00:00.000Z' },
};
const POLICY = policySchema.parse(OWN);

export const POLICY_OPERATIONS = {
  'policy.get': {
    method: 'GET',
    path: '/v1/policy',
    scopes: ['messages:read', 'messages:send', 'policy:admin'],
    input: policyGetSchema,
    output: policyShownSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'The policy of a mailbox, or, without one, of the org: what holds, and what of it was said here rather than by ' +
      'the org or by default. Only keys that are bound to no mailbox see the policy of the org.',
    example: {
      input: { mailbox: 'support@example.com' },
      output: { mailbox: MAILBOX, policy: POLICY, own: OWN, version: 2, digest: DIGEST },
    },
    cli: { words: 'policy get', args: [], summary: 'Show the policy of a mailbox, or of the org' },
  },
  'policy.apply': {
    method: 'PUT',
    path: '/v1/policy',
    scopes: ['messages:send', 'policy:admin'],
    input: policyApplySchema,
    output: policyAppliedSchema,
    problems: ['mailbox_unknown', 'precondition_failed', 'human_decision_required', 'conflict'],
    success: 200,
    idempotent: true,
    description:
      'Sets the policy of a mailbox, or, without one, of the org, and leaves a version of it. `document` is all that ' +
      'it says itself: what is not in it goes back to the policy of the org, or to the default. It counts from the ' +
      'next judgement on, for waiting emails too. A key without the scope policy:admin sets that of its mailboxes ' +
      'only, and only stricter: what would loosen anything answers human_decision_required, and waits for a person. ' +
      'Ask with `dryRun` first: it says what would change.',
    example: {
      input: { mailbox: 'support@example.com', document: OWN, why: 'as agreed with sales' },
      output: {
        ...{ mailbox: MAILBOX, applied: true, version: 2, digest: DIGEST, basedOn: BEFORE },
        changes: [
          { field: 'deny', before: [], after: ['competitor.example'], loosens: false },
          { field: 'limits.hourly', before: 100, after: 50, loosens: false },
        ],
        warnings: [],
      },
    },
    cli: {
      words: 'policy apply',
      args: [],
      summary: 'Set a policy from a YAML file; shows what changes first',
    },
  },
  'policy.versions': {
    method: 'GET',
    path: '/v1/policy/versions',
    scopes: ['messages:read', 'policy:admin'],
    input: policyVersionsSchema,
    output: pageOf(policyVersionSchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Every policy that was set, newest first, with who and why: of a mailbox, or, without one, of all that the key may see.',
    example: { input: { mailbox: 'support@example.com' }, output: { items: [VERSION], cursor: null } },
    cli: { words: 'policy versions', args: [], summary: 'List what a policy was before, who set it and why' },
  },
  'policy.version': {
    method: 'GET',
    path: '/v1/policy/versions/{version}',
    scopes: ['messages:read', 'messages:send', 'policy:admin'],
    input: z.strictObject({ version: policyVersionName }),
    output: policyFoundSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'The policy that judged an email, by the `policyVersion` of its verdict; or one that was set, by its id.',
    example: {
      input: { version: DIGEST },
      output: { digest: DIGEST, document: { policy: POLICY, autonomy: 'first_contact' }, version: VERSION },
    },
    cli: { words: 'policy version', args: ['version'], summary: 'Show the policy that judged an email' },
  },
  'policy.presets': {
    method: 'GET',
    path: '/v1/policy/presets',
    scopes: [],
    input: z.strictObject({}),
    output: z.object({ items: z.array(policyPresetSchema) }),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Policies that come with Mailwarden: `default` has every rule and setting as it is without one; the others are what other systems promise.',
    example: {
      input: {},
      output: {
        items: [
          {
            name: 'agentmail',
            text: '# Who oversees gets a blind copy.\noversight: { bcc: boss@example.com }\n',
            document: { oversight: { bcc: 'boss@example.com' } },
          },
        ],
      },
    },
    cli: { words: 'policy presets', args: [], summary: 'List the policies that come with Mailwarden' },
  },
} as const satisfies Record<string, Operation>;
