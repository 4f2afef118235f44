/**
 * @module JSON columns are text, written canonically: the same bytes on every backend, and the bytes that
 * were hashed. Also what else must be put into a form that a database takes.
 */
import { canonical } from '../core/email/canonical.js';

/** Text that holds JSON. A type of its own, so that no column gets a bare string by mistake. */
export type Json = string & { readonly json: unique symbol };

export const toJson = (value: unknown): Json => canonical(value) as Json;

/** Only for columns that this code wrote: nothing is checked. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it wrote
export const fromJson = <T>(text: Json): T => JSON.parse(text) as T;

/** A NUL cannot stand in a text column; it only ever comes from somebody who tries. */
export const cleaned = (text: string): string => text.replaceAll('\0', '\ufffd');

export const iso = (at: Date): string => at.toISOString();
export const isoOrNull = (at: Date | null): string | null => (at === null ? null : at.toISOString());
export const dateOrNull = (text: string | undefined): Date | null =>
  text === undefined ? null : new Date(text);
