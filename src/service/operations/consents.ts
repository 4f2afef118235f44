/** @module Operations: who agreed to be written to. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { consentRecordSchema, consentRevokeSchema, consentSchema } from '../schemas/consent.js';
import { exportedSchema, exportInput, importedSchema, importInput } from '../schemas/csv.js';
import { pageInput, pageOf, soughtAddress } from '../schemas/page.js';

const GIVEN = {
  ...{ address: 'ada@example.com', basis: 'implied_purchase', jurisdiction: 'CASL', source: 'web shop' },
  ...{ evidence: 'order 4711', at: '2026-01-31T09:00:00.000Z' },
} as const;

const EXAMPLE = {
  ...{ id: 'con_4c6e8g', mode: 'live', kind: 'granted', ...GIVEN, expiresAt: '2028-01-31T09:00:00.000Z' },
  ...{ by: 'prn_7d2c6b1e', createdAt: '2026-01-31T09:00:01.000Z' },
} as const;

export const CONSENTS = {
  'consents.record': {
    method: 'POST',
    path: '/v1/consents',
    scopes: ['consents:write'],
    input: consentRecordSchema,
    output: consentSchema,
    problems: [],
    success: 201,
    idempotent: true,
    description:
      'Records that somebody agreed to be written to: on what basis, under whose law, where, and what proves it. ' +
      'Entries are never changed; the latest by `at` holds. It ends when the law says (CASL: two years after a ' +
      'purchase, six months after an inquiry), or at `expiresAt` where that is earlier. After somebody has objected ' +
      'only `explicit_opt_in` counts. The same entry again changes nothing. Record only what really happened: an ' +
      'agent never agrees for others.',
    example: { input: { ...GIVEN }, output: EXAMPLE },
    cli: {
      words: 'consents record',
      args: ['address'],
      summary: 'Record that somebody agreed to be written to',
    },
  },
  'consents.list': {
    method: 'GET',
    path: '/v1/consents',
    scopes: ['messages:read', 'consents:write'],
    input: z.strictObject({ ...pageInput, address: soughtAddress.optional() }),
    output: pageOf(consentSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Who agreed to be written to and who took it back, in the order in which it was recorded, newest first. With ' +
      '`address` of one person. What proves it is shown only to keys with the scope `consents:write`.',
    example: { input: { address: 'ada@example.com' }, output: { items: [EXAMPLE], cursor: null } },
    cli: { words: 'consents list', args: [], summary: 'List who agreed to be written to' },
  },
  'consents.revoke': {
    method: 'POST',
    path: '/v1/consents/revoke',
    scopes: ['consents:write'],
    input: consentRevokeSchema,
    output: consentSchema,
    problems: [],
    success: 201,
    idempotent: true,
    destructive: true,
    description:
      'Records that somebody no longer agrees, or objects. From now on email that needs consent is denied, and after ' +
      'that only a consent counts that they give themselves (`explicit_opt_in`). To stop other email as well, add a ' +
      'suppression.',
    example: {
      input: { address: 'ada@example.com', source: 'asked by phone', at: '2026-02-28T09:00:00.000Z' },
      output: {
        ...{ ...EXAMPLE, id: 'con_9a4f7d', kind: 'revoked', basis: null, jurisdiction: null, evidence: null },
        ...{ source: 'asked by phone', at: '2026-02-28T09:00:00.000Z', expiresAt: null },
        createdAt: '2026-02-28T09:00:00.000Z',
      },
    },
    cli: { words: 'consents revoke', args: ['address'], summary: 'Record that somebody no longer agrees' },
  },
  'consents.import': {
    method: 'POST',
    path: '/v1/consents/import',
    headers: { contentType: 'Content-Type' },
    takes: 'bytes',
    scopes: ['consents:write'],
    input: importInput,
    output: importedSchema,
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Records consents from a CSV file in UTF-8 of at most 5 MB: a header with `address`, `kind` (`granted`, ' +
      '`revoked`), `source`, `at`, with `granted` also `basis` and `jurisdiction`, and where there is any `evidence` ' +
      'and `expiresAt`. What an export wrote is taken as it is. Rows that are wrong are left out and named by line; ' +
      'the same file again changes nothing. Give a longer list in several files.',
    example: {
      input: { content: 'YWRkcmVzcyxraW5kLHNvdXJjZSxhdAphZGEsZ3JhbnRlZCxmb3JtLAo=', contentType: 'text/csv' },
      output: {
        ...{ rows: 1, added: 0, unchanged: 0, failed: 1 },
        errors: [
          {
            ...{ line: 2, field: 'address' },
            message: 'is not a mail address; write it as name@domain.example',
          },
        ],
      },
    },
    cli: { words: 'consents import', args: [], summary: 'Record consents from a CSV file' },
  },
  'consents.export': {
    method: 'GET',
    path: '/v1/consents/export',
    scopes: ['consents:write'],
    input: z.strictObject(exportInput),
    output: exportedSchema,
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'The ledger as CSV, newest first, a page at a time: `csv` of each page, one after the other, is the file. A ' +
      'cell that a spreadsheet would run as a formula begins with an apostrophe; an import takes it away. Erased ' +
      'people stand there as a keyed hash.',
    example: {
      input: { limit: 5_000 },
      output: {
        csv: 'address,kind,basis,jurisdiction,source,evidence,at,expiresAt,by,createdAt\nada@example.com,granted,explicit_opt_in,GDPR,form,,2026-01-31T09:00:00.000Z,,prn_7d2c6b1e,2026-01-31T09:00:01.000Z\n',
        ...{ rows: 1, cursor: null },
      },
    },
    cli: { words: 'consents export', args: [], summary: 'Write the ledger of consents as CSV' },
  },
} as const satisfies Record<string, Operation>;
