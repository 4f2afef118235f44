/** @module JSON of a vendor, read without a schema: what has another shape than it was to have is as if it were absent. */
import { z } from 'zod';

/** An object of a vendor's JSON; anything else reads as one without fields. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text of sensible length, else undefined. */
export const textOf = (value: unknown, most = 1_000): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;

/** The same, as a field of a schema. */
export const textField = (most = 2_000): z.ZodCatch<z.ZodOptional<z.ZodString>> =>
  z.string().min(1).max(most).optional().catch(undefined);
