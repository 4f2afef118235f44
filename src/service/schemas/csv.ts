/** @module Lists as files: what an import takes and answers, and a page of an export. Pure. */
import { z } from 'zod';
import { LIMITS } from '../../core/email/request.js';
import { bytesFields, givenOnce } from './bytes.js';
import { line } from './page.js';

export const importInput = z
  .strictObject({
    ...bytesFields(LIMITS.attachmentsBytes),
    /** Whatever it says, the bytes are CSV. */
    contentType: line(500).optional(),
  })
  .check(givenOnce);

export const importedSchema = z.object({
  /** Rows that were read, without the header. */
  rows: z.number(),
  added: z.number(),
  /** Rows that were there already. */
  unchanged: z.number(),
  /** Rows that were left out; the others were taken. */
  failed: z.number(),
  /** What is wrong with the first hundred of them, by line of the file. */
  errors: z.array(z.object({ line: z.number(), field: z.string().optional(), message: z.string() })),
});

export const exportInput = {
  /** Rows at most. */
  limit: z.number().int().min(1).max(5_000).default(1_000),
  /** The `cursor` of the page before. */
  cursor: line(500).optional(),
};

export const exportedSchema = z.object({
  /** Lines of CSV; the header only on the first page, so that the pages make one file. */
  csv: z.string(),
  rows: z.number(),
  cursor: z.string().nullable(),
});
