/** @module What a person has to look into, as the API takes and shows it. Pure. */
import { z } from 'zod';
import { line, pageInput, someOf } from './page.js';

const kind = z.enum(['complaint', 'block']);
const status = z.enum(['open', 'assigned', 'resolved']);

export const investigationId = z
  .string()
  .regex(/^inv_[0-9a-z]{1,60}$/u, 'must be the id of an investigation: inv_…');

export const investigationsInput = z.strictObject({
  ...pageInput,
  /** In any of these; default: any. */
  status: someOf(status).optional(),
  kind: kind.optional(),
});

/** A person's own words. */
export const finding = z.string().trim().min(1).max(2_000);

export const assignee = line(100);

export const investigationSchema = z.object({
  id: z.string(),
  /** `complaint`: a recipient reported an email as spam. `block`: content or sender was refused. */
  kind,
  status,
  mode: z.enum(['live', 'test']),
  mailbox: z.string(),
  provider: z.string(),
  /** The email that it began with, and its recipient, for as long as the address is kept. */
  message: z.string(),
  recipient: z.string().nullable(),
  recipientIndex: z.number(),
  smtpStatus: z.string().nullable(),
  /** How many reports it stands for, and when the last one came. */
  reports: z.number(),
  lastReportAt: z.string(),
  /** Id of a principal. */
  assignee: z.string().nullable(),
  finding: z.string().nullable(),
  resolvedBy: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  /** Raised by every change that somebody made. */
  version: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
