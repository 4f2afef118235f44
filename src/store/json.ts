/**
 * @module JSON columns are text, written canonically: the same bytes on every backend, and the bytes that
 * were hashed. Also what else must be put into a form that a database takes.
 */
import { canonical } from '../core/email/canonical.js';
import { storable } from '../core/email/text.js';

/** Text that holds JSON. A type of its own, so that no column gets a bare string by mistake. */
export type Json = string & { readonly json: unique symbol };

export const toJson = (value: unknown): Json => canonical(value) as Json;

/** Only for columns that this code wrote: nothing is checked. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it wrote
export const fromJson = <T>(text: Json): T => JSON.parse(text) as T;

/** No NUL and no half of a surrogate pair can be kept; they only ever come from somebody who tries. */
export const cleaned = storable;

/** The same for every string in a value of plain JSON. */
export function cleanedAll<T>(value: T): T {
  const clean = (part: unknown): unknown => {
    if (typeof part === 'string') return cleaned(part);
    if (Array.isArray(part)) return part.map(clean);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [cleaned(key), clean(inner)]));
  };
  return clean(value) as T;
}

const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** Within the years that every backend takes and gives back; a year outside them is only ever a trick. */
export const dateOf = (text: string): Date =>
  new Date(Math.min(Math.max(new Date(text).getTime(), FIRST), LAST));

export const iso = (at: Date): string => at.toISOString();
export const isoOrNull = (at: Date | null): string | null => (at === null ? null : at.toISOString());
export const dateOrNull = (text: string | undefined): Date | null =>
  text === undefined ? null : dateOf(text);
