/** @module Operations: the addresses that must not be written to. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { exportedSchema, exportInput, importedSchema, importInput } from '../schemas/csv.js';
import { line, mailboxName, pageInput, pageOf, soughtAddress } from '../schemas/page.js';
import {
  suppressedName,
  suppressionAddSchema,
  suppressionCheckSchema,
  suppressionSchema,
} from '../schemas/suppression.js';

export const SUPPRESSIONS = {
  'suppressions.list': {
    method: 'GET',
    path: '/v1/suppressions',
    scopes: ['messages:read', 'suppressions:write'],
    input: z.strictObject({ ...pageInput, address: suppressedName.optional() }),
    output: pageOf(suppressionSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'Addresses and domains that must not be written to, newest first, with the reason and where it came from.',
    example: {
      input: { address: 'ada@example.com' },
      output: {
        items: [
          {
            id: 'sup_4c6e8g',
            address: 'ada@example.com',
            scope: 'org',
            mailbox: null,
            mode: 'live',
            reason: 'hard_bounce',
            source: 'report',
            message: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
            createdAt: '2026-01-31T09:00:00.000Z',
            expiresAt: null,
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'suppressions list', args: [], summary: 'List the addresses that must not be written to' },
  },
  'suppressions.add': {
    method: 'POST',
    path: '/v1/suppressions',
    scopes: ['suppressions:write'],
    input: suppressionAddSchema,
    output: suppressionSchema,
    problems: ['mailbox_unknown'],
    success: 201,
    idempotent: true,
    description:
      'Stops all email to an address, or with scope `domain` to a domain: for the org, or for one mailbox. It holds for email that is queued already. With the reason `unsubscribe` transactional email still goes, with `unsubscribe_all` none. Repeated, it changes nothing.',
    example: {
      input: { address: 'ada@example.com', reason: 'asked by phone' },
      output: {
        id: 'sup_4c6e8g',
        address: 'ada@example.com',
        scope: 'org',
        mailbox: null,
        mode: 'live',
        reason: 'asked by phone',
        source: 'api',
        message: null,
        createdAt: '2026-01-31T09:00:00.000Z',
        expiresAt: null,
      },
    },
    cli: {
      words: 'suppressions add',
      args: ['address'],
      summary: 'Stop all email to an address or a domain',
    },
  },
  'suppressions.check': {
    method: 'GET',
    path: '/v1/suppressions/check',
    scopes: ['messages:send', 'messages:read', 'suppressions:write'],
    input: z.strictObject({
      address: soughtAddress,
      /** Id or address: of mailboxes only this one counts. Default: every one that the key may see. */
      mailbox: mailboxName.optional(),
    }),
    output: suppressionCheckSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Whether an address may be written to, and if not, why. Where the list cannot be read this is a 503, never ' +
      'an answer: take it as suppressed. Every email is judged by the same list when it is sent, and again when it ' +
      'goes.',
    example: {
      input: { address: 'ada@example.com' },
      output: {
        address: 'ada@example.com',
        suppressed: true,
        reasons: [
          {
            ...{ id: 'sup_4c6e8g', scope: 'org', mailbox: null, reason: 'unsubscribe' },
            ...{ stops: 'but_transactional', expiresAt: null },
          },
        ],
      },
    },
    cli: {
      words: 'suppressions check',
      args: ['address'],
      summary: 'Say whether an address may be written to',
    },
  },
  'suppressions.import': {
    method: 'POST',
    path: '/v1/suppressions/import',
    headers: { contentType: 'Content-Type' },
    takes: 'bytes',
    scopes: ['suppressions:write'],
    input: importInput,
    output: importedSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Adds suppressions from a CSV file in UTF-8 of at most 5 MB: a header with `address` and any of `scope`, ' +
      '`mailbox`, `reason`, `expiresAt`, and one row for each. What an export wrote is taken as it is. Rows that are ' +
      'wrong are left out and named by line; the same file again changes nothing. Give a longer list in several files.',
    example: {
      input: { content: 'YWRkcmVzcwphZGFAZXhhbXBsZS5jb20KYWRhCg==', contentType: 'text/csv' },
      output: {
        ...{ rows: 2, added: 1, unchanged: 0, failed: 1 },
        errors: [
          {
            ...{ line: 3, field: 'address' },
            message:
              'is not a mail address; write it as name@domain.example, or give a domain with scope domain',
          },
        ],
      },
    },
    cli: { words: 'suppressions import', args: [], summary: 'Add suppressions from a CSV file' },
  },
  'suppressions.export': {
    method: 'GET',
    path: '/v1/suppressions/export',
    scopes: ['suppressions:write'],
    input: z.strictObject(exportInput),
    output: exportedSchema,
    problems: [],
    success: 200,
    idempotent: true,
    description:
      'The suppression list as CSV, newest first, a page at a time: `csv` of each page, one after the other, is the ' +
      'file. A cell that a spreadsheet would run as a formula begins with an apostrophe; an import takes it away. ' +
      'Erased people stand there as a keyed hash, by which only this installation knows them.',
    example: {
      input: {},
      output: {
        csv: 'address,scope,mailbox,reason,expiresAt,source,createdAt\nada@example.com,org,,hard_bounce,,report,2026-01-31T09:00:00.000Z\n',
        ...{ rows: 1, cursor: null },
      },
    },
    cli: { words: 'suppressions export', args: [], summary: 'Write the suppression list as CSV' },
  },
  'suppressions.remove': {
    method: 'DELETE',
    path: '/v1/suppressions/{id}',
    scopes: ['suppressions:write'],
    input: z.strictObject({ id: line(100) }),
    output: z.object({ id: z.string(), removed: z.literal(true) }),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Permits email to the address again. Do so only where its owner asked for it, or where the bounce was a mistake.',
    example: { input: { id: 'sup_4c6e8g' }, output: { id: 'sup_4c6e8g', removed: true } },
    cli: {
      words: 'suppressions remove',
      args: ['id'],
      summary: 'Permit email to a suppressed address again',
    },
  },
} as const satisfies Record<string, Operation>;
