/**
 * @module A part of what a judgement looks at: a column of JSON beside those of the mailbox, so that all of them are
 * one statement, and how it is read. To add one: a file here, and a line in index.ts.
 */
import type { RawBuilder } from 'kysely';
import type { Mode } from '../../core/email/id.js';
import type { Category } from '../../core/email/request.js';
import type { Recipient } from '../../core/email/revision.js';
import type { Policy } from '../../core/policy/schema.js';
import type { StoreSettings } from '../settings.js';

export interface Wanted {
  org: string;
  mode: Mode;
  /** The message, whose own place doesn't count and which is no contact of its own. */
  id: string;
  /** Mailbox id. */
  mailbox: string;
  /** As it stands before the statement: what it leaves alone need not be looked for. */
  policy: Policy;
  category: Category;
  principal: string;
  /** Key id. */
  key: string | null;
  /** Address that it is from. */
  sender: string;
  /** To whom it is written; a copy for oversight is not. */
  recipients: readonly Recipient[];
  /** To whom it goes. */
  everybody: readonly Recipient[];
  /** Where the policy asks whether the same was sent before. */
  contentHash?: string | null;
  blind: StoreSettings['blind'];
  /** Its caller was told that it is accepted. */
  admitted: boolean;
  /** Limits count from the hour and day that this is in. */
  from: Date;
  now: Date;
}

export interface Part<Found> {
  /** Null where nobody asks: then `read` is given null. */
  column: (wanted: Wanted) => RawBuilder<unknown> | null;
  /** `json` as the column gave it, parsed; null where it found nothing. */
  read: (json: unknown, wanted: Wanted) => Found;
}

/** A part whose column gives this. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what its column gives
export const part = <Json, Found>(
  column: (wanted: Wanted) => RawBuilder<unknown> | null,
  read: (json: Json | null, wanted: Wanted) => Found,
): Part<Found> => ({ column, read: (json, wanted) => read(json as Json | null, wanted) });
