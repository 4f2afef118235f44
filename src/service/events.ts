/**
 * @module The verbs on the event log. A reader is at a position; whatever it may see and has not seen lies after it.
 */
import { adviceOnEvent } from '../core/delivery/advice.js';
import { Problem } from '../errors.js';
import type { Caller, EventFilter, EventRow, EventScope } from '../store/store.js';
import { mailboxesAsked } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { instant } from './schemas/page.js';
import type { ParsedOf } from './operations.js';
import type { ShownEvent } from './schemas/event.js';

/** What to read, but for from where. */
export type Wanted = Omit<EventFilter, 'after' | 'upTo' | 'limit'>;

export const listEvents: Verb<'events.list'> = async (deps, caller, { cursor, limit, since, ...filter }) => {
  const wanted = await wantedBy(deps, caller, filter);
  const after = cursor === undefined ? await startOf(deps, wanted, since) : positionIn(cursor);
  // Read before the page: what a page that is not full has passed over is everything up to here.
  const last = await deps.store.lastPosition();
  const rows = await deps.store.publishedAfter({ ...wanted, after, limit });
  return { items: rows.map(shownEvent), cursor: cursorAt(placeAfter(rows, { after, limit, last })) };
};

export const getEvent: Verb<'events.get'> = async ({ store }, caller, { id }) => {
  const row = await store.event(scopeOf(caller), id);
  if (row) return shownEvent(row);
  throw new Problem('not_found', {
    detail: 'there is no such event, or the key may not see it',
    field: 'id',
  });
};

/** Where a reader is that has read a page: nothing before it is left for it. */
export function placeAfter(
  rows: readonly EventRow[],
  { after, limit, last }: { after: number; limit: number; last: number },
): number {
  const read = rows.at(-1)?.position ?? after;
  return rows.length < limit ? Math.max(read, last) : read;
}

export const scopeOf = ({ org, mode, mailboxes }: Caller): EventScope => ({ org, mode, mailboxes });

/** @throws Problem `mailbox_unknown`. */
export async function wantedBy(
  deps: ServiceDeps,
  caller: Caller,
  { mailbox, types, message }: Pick<ParsedOf<'events.list'>, 'mailbox' | 'types' | 'message'>,
): Promise<Wanted> {
  const mailboxes = await mailboxesAsked(deps, caller, mailbox);
  return { ...scopeOf(caller), mailboxes, types, message };
}

/** The position of a `since`; without one, before everything. @throws Problem where there is no such event. */
export async function startOf(
  { store }: Pick<ServiceDeps, 'store'>,
  scope: EventScope,
  since: string | undefined,
): Promise<number> {
  if (since === undefined) return 0;
  const { org, mode, mailboxes } = scope;
  const named = since.startsWith('evt_') ? { id: since } : { at: instant.parse(since) };
  const position = await store.positionOf({ org, mode, mailboxes }, named);
  if (position !== null) return position;
  throw new Problem('invalid_request', {
    detail:
      'since: there is no such event, or it is older than events are kept; give an instant instead, or leave it out',
    field: 'since',
  });
}

const cursorAt = (position: number): string =>
  Buffer.from(JSON.stringify(['e', position])).toString('base64url');

function positionIn(cursor: string): number {
  const [, digits] = /^\["e",(\d{1,15})\]$/u.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new Problem('invalid_request', {
    detail: 'The cursor is not one that this list answered with; leave it out to start at the oldest event.',
    field: 'cursor',
  });
}

/** As the list shows it and as it is delivered: the same everywhere. */
export function shownEvent(row: EventRow): ShownEvent {
  const { id, type, createdAt, mode, message, mailbox, recipient, recipientIndex, reason } = row;
  const { smtpStatus, suppression, investigation, provider } = row;
  const advice = adviceOnEvent(row);
  const machine = reason === 'machine';
  return {
    ...{ id, type, createdAt, mode },
    data: {
      ...(message !== null && { messageId: message }),
      ...(mailbox !== null && { mailbox }),
      ...(recipient !== null && { recipient }),
      ...(recipientIndex !== null && { recipientIndex }),
      ...(reason !== null && !machine && { reason }),
      ...(machine && { machine }),
      ...(smtpStatus !== null && { smtpStatus }),
      ...(suppression !== null && { suppressionId: suppression }),
      ...(investigation !== null && { investigationId: investigation }),
      ...(provider !== null && { provider }),
      ...(advice !== undefined && { advice }),
    },
  };
}
