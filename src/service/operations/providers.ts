/** @module Operations: those who carry the mail, how they are, and giving one of them none for a while. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { mailboxName } from '../schemas/page.js';
import { drainReason, providerName, providerSchema, providerTestSchema } from '../schemas/provider.js';

const PROVIDER = {
  name: 'primary',
  type: 'postmark',
  capabilities: { envelope: false, dedupesFor: 0, lookup: 'partial' },
  rateLimit: { perSecond: 20 },
  taskQueue: 'mailwarden.primary',
  state: 'open',
  domains: [
    {
      ...{ domain: 'example.com', state: 'open', failures: 5, reason: 'timeout' },
      ...{ openedAt: '2026-01-31T09:00:00.000Z', retryAt: '2026-01-31T09:00:30.000Z' },
    },
  ],
} as const;

const DRAINED = {
  ...{ ...PROVIDER, state: 'drained', domains: [] },
  drained: { at: '2026-01-31T09:05:00.000Z', reason: 'moving to new servers', by: 'prn_4vks2t7m9q1r8x5c' },
} as const;

/** Changes how one provider is used, and answers how it is then. */
const CHANGE = {
  method: 'POST',
  scopes: ['org:admin'],
  output: providerSchema,
  problems: ['not_found'],
  success: 200,
  idempotent: true,
} as const;

export const PROVIDERS = {
  'providers.list': {
    method: 'GET',
    path: '/v1/providers',
    scopes: ['org:admin'],
    input: z.strictObject({}),
    output: z.object({ items: z.array(providerSchema) }),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'The providers of this server, in order, and how they are: `closed` is well. After some failures in a row from ' +
      'one sending domain it is `open` for that domain, gets no mail from it, and is probed by one email at a time ' +
      'until it answers. Meanwhile email goes by the next provider of its route, or waits. Nothing is lost, and ' +
      'nothing has to be sent again.',
    example: { input: {}, output: { items: [PROVIDER] } },
    cli: { words: 'providers list', args: [], summary: 'List the providers, and how they are' },
  },
  'providers.get': {
    method: 'GET',
    path: '/v1/providers/{name}',
    scopes: ['org:admin'],
    input: z.strictObject({ name: providerName }),
    output: providerSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'One provider, by the name that it has in the config.',
    example: { input: { name: 'primary' }, output: PROVIDER },
    cli: { words: 'providers get', args: ['name'], summary: 'Show one provider' },
  },
  'providers.drain': {
    ...CHANGE,
    path: '/v1/providers/{name}/drain',
    input: z.strictObject({ name: providerName, reason: drainReason.optional() }),
    description:
      'No new delivery begins at this provider, for anybody on this server; what is under way ends. Its email goes by ' +
      'the next provider of its route, or waits. For admins of the organisation that runs the server, with a live key.',
    example: { input: { name: 'primary', reason: 'moving to new servers' }, output: DRAINED },
    cli: { words: 'providers drain', args: ['name'], summary: 'Give a provider no new mail' },
  },
  'providers.resume': {
    ...CHANGE,
    path: '/v1/providers/{name}/resume',
    input: z.strictObject({ name: providerName }),
    description: 'Deliveries begin at this provider again. One that was not drained stays as it is.',
    example: { input: { name: 'primary' }, output: PROVIDER },
    cli: { words: 'providers resume', args: ['name'], summary: 'Give a drained provider mail again' },
  },
  'providers.test': {
    method: 'POST',
    path: '/v1/providers/{name}/test',
    scopes: ['org:admin'],
    input: z.strictObject({
      name: providerName,
      /** Who gets the test email. */
      to: z.string().min(3).max(320),
      /** Id or address: from whom; may be left out where there is only one. */
      mailbox: mailboxName.optional(),
    }),
    output: providerTestSchema,
    problems: ['not_found', 'mailbox_unknown', 'policy_denied'],
    success: 200,
    idempotent: false,
    description:
      'Sends one real email through this provider and no other, under the policy of the mailbox, and answers with what ' +
      'the provider said, within a minute. It never fails over. Each call sends another email. For admins of the ' +
      'organisation that runs the server, with a live key.',
    example: {
      input: { name: 'primary', to: 'ann@example.com' },
      output: {
        ...{ id: 'msg_4q7x', status: 'sent' },
        attempts: [
          {
            ...{ attempt: 1, try: 1, provider: 'primary', recipients: [0], outcome: 'accepted' },
            ...{ at: '2026-01-31T09:00:00.000Z', leaseUntil: '2026-01-31T09:02:00.000Z' },
            ...{
              finishedAt: '2026-01-31T09:00:01.000Z',
              providerMessageId: 'b7bc2f4a-e38e-4336-af7d-e6c392c2f817',
            },
            ...{ seenMessageId: null, duplicatePossible: false },
          },
        ],
        recipients: [{ index: 0, status: 'sent', reason: null, smtpStatus: null }],
      },
    },
    cli: { words: 'providers test', args: ['name'], summary: 'Send one real email through a provider' },
  },
} as const satisfies Record<string, Operation>;
