/** @module Operations: emails of which nobody knows whether they were sent. */
import type { Operation } from './operation.js';
import { pageOf } from '../schemas/page.js';
import {
  unknownListInput,
  unknownResolvedSchema,
  unknownResolveInput,
  unknownSchema,
} from '../schemas/unknown.js';

export const UNKNOWN = {
  'unknown.list': {
    method: 'GET',
    path: '/v1/unknown',
    scopes: ['messages:read', 'approvals:decide'],
    input: unknownListInput,
    output: pageOf(unknownSchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Emails that may or may not have been sent, newest first: the connection broke at the one moment that cannot be looked into. They are not sent again until a lookup, a report or a person says what became of them.',
    example: {
      input: { provider: 'relay', since: '2h' },
      output: {
        items: [
          {
            id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
            mailbox: 'mbx_7q2m4n6p8r',
            provider: 'relay',
            recipients: [0],
            since: '2026-01-31T09:00:00.000Z',
            lookups: 3,
          },
        ],
        cursor: null,
      },
    },
    cli: {
      words: 'unknown list',
      args: [],
      summary: 'List the emails of which nobody knows whether they were sent',
    },
  },
  'unknown.resolve': {
    method: 'POST',
    path: '/v1/unknown/resolve',
    scopes: ['approvals:decide'],
    input: unknownResolveInput,
    output: unknownResolvedSchema,
    problems: ['mailbox_unknown', 'person_required'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Says what became of all unknown emails that the filters find, after looking at the provider: `sent`, `not_sent` (they are sent again) or `abandoned`. Each is resolved as if alone and says what came of it. `dryRun` only lists them; repeated, the call goes on with what is left.',
    example: {
      input: {
        provider: 'relay',
        since: '2026-01-31T09:00:00Z',
        until: '2026-01-31T09:30:00Z',
        as: 'not_sent',
      },
      output: {
        as: 'not_sent',
        dryRun: false,
        counts: { resolved: 1 },
        results: [
          { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c', provider: 'relay', recipients: [0], result: 'resolved' },
        ],
        cursor: null,
      },
    },
    cli: {
      words: 'unknown resolve',
      args: [],
      summary: 'Say what became of the emails whose outcome is unknown',
    },
  },
} as const satisfies Record<string, Operation>;
