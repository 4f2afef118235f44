/**
 * @module A draft: a request that is still being written. Each field is held to the rule that it has in a request,
 * but none is required yet; what spans fields is asked of it only when it is submitted. Pure.
 */
import { z } from 'zod';
import { requestSchema } from './request.js';

/** `submitting`: frozen, and not known yet whether its email was accepted. */
export const DRAFT_STATUSES = ['open', 'submitting', 'submitted'] as const;
export type DraftStatus = (typeof DRAFT_STATUSES)[number];

export const DRAFT_LIMITS = {
  /** Of the whole draft, as JSON. */
  bytes: 8 * 1024 * 1024,
  /** That are not submitted, per mailbox and mode. */
  open: 1_000,
} as const;

// A draft is its own key, so that it is sent once.
const { dedupeKey: _key, ...shape } = requestSchema.shape;

/** A field without its default: what was not written is not there. */
type Bare<S> = S extends z.ZodDefault<infer Inner> | z.ZodOptional<infer Inner> ? Inner : S;
type DraftFields = { [Name in keyof typeof shape]: z.ZodOptional<Bare<(typeof shape)[Name]>> };
type ChangeFields = {
  [Name in keyof typeof shape]: z.ZodOptional<z.ZodNullable<Bare<(typeof shape)[Name]>>>;
};

const bare = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;

const mapped = (wrap: (schema: z.ZodType) => z.ZodType): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, wrap(bare(schema))]));

/** What a draft may hold. */
export const draftFields = mapped((schema) => schema.optional()) as DraftFields;
/** What a change may name: null takes a field away. */
export const draftChangeFields = mapped((schema) => schema.nullable().optional()) as ChangeFields;

/** The fields that were written, in the form that a request gives them. */
export type DraftContent = z.output<z.ZodObject<DraftFields>>;
export type DraftChange = z.output<z.ZodObject<ChangeFields>>;

/** What is not mentioned stays; null takes away. */
export function changedDraft(before: DraftContent, change: DraftChange): DraftContent {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...before, ...Object.fromEntries(named) });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
}
