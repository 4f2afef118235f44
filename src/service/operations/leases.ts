/** @module Operations: who of an org's agents is in contact with somebody. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { line, pageInput, pageOf, soughtAddress } from '../schemas/page.js';

const minutes = z.number().int().min(1).max(1_440).default(30);

const leaseSchema = z.object({
  id: z.string(),
  /** Lower case, without a `+tag`: those are one person. */
  address: z.string(),
  /** Principal: yours, unless an admin looks. */
  holder: z.string(),
  createdAt: z.string(),
  /** It ends by itself then. */
  until: z.string(),
});

const LEASE = {
  id: 'lse_5b1d7f3a9c2e4806',
  address: 'ada@example.com',
  holder: 'prn_5d2c8a1b7e3f4096',
  createdAt: '2026-01-31T09:00:00.000Z',
  until: '2026-01-31T09:30:00.000Z',
};

export const LEASES = {
  'leases.acquire': {
    method: 'POST',
    path: '/v1/leases',
    scopes: ['messages:send'],
    input: z.strictObject({ address: soughtAddress, minutes }),
    output: leaseSchema,
    problems: ['lease_conflict', 'conflict'],
    success: 200,
    idempotent: true,
    description:
      'Takes a contact for some minutes (default 30, at most 1,440): as long as you hold it, no other principal of your ' +
      'organisation writes to them (`lease_conflict`). Asked again, it is prolonged. It answers 409 with `holder` and ' +
      '`until` where another one holds it. You hold at most 100. Nothing is sent.',
    example: { input: { address: 'ada@example.com' }, output: LEASE },
    cli: {
      words: 'leases acquire',
      args: ['address'],
      summary: 'Keep other agents from writing to somebody',
    },
  },
  'leases.renew': {
    method: 'POST',
    path: '/v1/leases/{id}/renew',
    scopes: ['messages:send'],
    input: z.strictObject({ id: line(100), minutes }),
    output: leaseSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'Lets a lease of yours that has not ended yet end so many minutes from now.',
    example: {
      input: { id: LEASE.id, minutes: 60 },
      output: { ...LEASE, until: '2026-01-31T10:10:00.000Z' },
    },
    cli: { words: 'leases renew', args: ['id'], summary: 'Hold a contact for longer' },
  },
  'leases.release': {
    method: 'DELETE',
    path: '/v1/leases/{id}',
    scopes: ['messages:send', 'org:admin'],
    input: z.strictObject({ id: line(100) }),
    output: z.object({ id: z.string(), released: z.literal(true) }),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Gives a contact back before its time, so that others may write to them; with `org:admin`, also that of another.',
    example: { input: { id: LEASE.id }, output: { id: LEASE.id, released: true } },
    cli: { words: 'leases release', args: ['id'], summary: 'Give a contact back' },
  },
  'leases.list': {
    method: 'GET',
    path: '/v1/leases',
    scopes: ['messages:send', 'org:admin'],
    input: z.strictObject(pageInput),
    output: pageOf(leaseSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'The contacts that you hold now, newest first; with `org:admin`, those of all in your organisation.',
    example: { input: {}, output: { items: [LEASE], cursor: null } },
    cli: { words: 'leases list', args: [], summary: 'List the contacts that you hold' },
  },
} as const satisfies Record<string, Operation>;
