/** @module Operations: the org as a whole, and what stops all of its email. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { orgSchema, switchReason } from '../schemas/org.js';

const ACTIVE = { org: 'default', status: 'active', reason: null, switchedAt: null } as const;
const AT = '2026-02-02T08:00:00.000Z';

export const ORG = {
  'org.get': {
    method: 'GET',
    path: '/v1/org',
    scopes: ['messages:read', 'messages:send', 'approvals:decide', 'policy:admin', 'org:admin'],
    input: z.strictObject({}),
    output: orgSchema,
    problems: [],
    success: 200,
    idempotent: true,
    description: 'Says whether your organisation sends email at all, or is paused, and since when and why.',
    example: { input: {}, output: ACTIVE },
    cli: { words: 'org get', args: [], summary: 'Show whether the organisation sends at all' },
  },
  'org.pause': {
    method: 'POST',
    path: '/v1/org/pause',
    scopes: ['org:admin', 'approvals:decide'],
    input: z.strictObject(switchReason),
    output: orgSchema,
    problems: ['person_required'],
    success: 200,
    idempotent: true,
    description:
      'Stops all email of the organisation, at once. New email is denied (`tenant_paused`). Email that waits, is ' +
      'scheduled or is approved stays where it is, and goes after `org.resume`, or has expired by then. What a ' +
      'provider already has cannot be called back. Agents cannot call this.',
    example: {
      input: { reason: 'an agent writes nonsense' },
      output: { ...ACTIVE, status: 'paused', reason: 'an agent writes nonsense', switchedAt: AT },
    },
    cli: { words: 'org pause', args: [], summary: 'Stop all email of the organisation' },
  },
  'org.resume': {
    method: 'POST',
    path: '/v1/org/resume',
    scopes: ['org:admin', 'approvals:decide'],
    input: z.strictObject({}),
    output: orgSchema,
    problems: ['person_required'],
    success: 200,
    idempotent: true,
    description:
      'Lets a paused organisation send again. What waited is judged once more and goes within minutes, all of it ' +
      'within an hour; mailboxes and keys that are paused themselves stay so. Agents cannot call this.',
    example: { input: {}, output: { ...ACTIVE, switchedAt: AT } },
    cli: { words: 'org resume', args: [], summary: 'Let a paused organisation send again' },
  },
} as const satisfies Record<string, Operation>;
