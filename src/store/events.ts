/** @module The event log as readers see it: only what was published, in the order of its positions. */
import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import { dateOf } from './json.js';
import type { EventRow, EventScope, EventStore } from './port/events.js';
import { publishedOf, publishEvents, type FanOut } from './publish.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { single } from './work.js';

/** Transactions that overlap may be published in another order than their instants; never as many as these. */
const OVERLAPPING = 1_000;

export function events(db: Kysely<Tables>, settings: StoreSettings, fanOut: FanOut): EventStore {
  const lastPosition = async (): Promise<number> => {
    const { last } = await single(db.selectFrom('event_log').select('last').executeTakeFirstOrThrow());
    return Number(last);
  };
  return {
    publishEvents: (limit) => publishEvents(db, settings, fanOut, limit),
    lastPosition,

    publishedAfter: async ({ after, upTo, until, types = [], message, limit, ...scope }) => {
      if (scope.mailboxes?.length === 0) return [];
      const rows = await single(
        withAddresses(seenBy(scope, db.selectFrom('events')))
          .where('events.position', '>', after)
          .$if(upTo !== undefined, (query) => query.where('events.position', '<=', upTo ?? 0))
          .$if(until !== undefined, (query) => query.where('events.created_at', '<', dateOf(until ?? '')))
          .$if(types.length > 0, (query) => query.where('events.type', 'in', [...types]))
          .$if(message !== undefined, (query) => query.where('events.message', '=', message ?? ''))
          .orderBy('events.position')
          .limit(limit)
          .execute(),
      );
      return rows.map(eventOf);
    },

    event: async (scope, id) => {
      if (scope.mailboxes?.length === 0) return null;
      const found = withAddresses(seenBy(scope, db.selectFrom('events'))).where('events.id', '=', id);
      const row = await single(found.executeTakeFirst());
      return row === undefined ? null : eventOf(row);
    },

    eventsSince: async (position, limit) => {
      const rows = await single(
        db
          .selectFrom('events')
          .select(['position', 'org', 'mode', 'message'])
          .where('position', '>', position)
          .orderBy('position')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => ({ ...row, position: Number(row.position) }));
    },

    positionOf: async (scope, since) => {
      if ('id' in since) {
        if (scope.mailboxes?.length === 0) return null;
        const one = seenBy(scope, db.selectFrom('events')).where('events.id', '=', since.id);
        const row = await single(one.select('events.position').executeTakeFirst());
        return row === undefined ? null : Number(row.position);
      }
      // Read first: what is published meanwhile comes after it.
      const last = await lastPosition();
      const earliest = db
        .selectFrom('events')
        .select('position')
        .where('org', '=', scope.org)
        .where('created_at', '>=', dateOf(since.at))
        .orderBy('created_at')
        .limit(OVERLAPPING)
        .as('earliest');
      const { first } = await single(
        db
          .selectFrom(earliest)
          .select((eb) => eb.fn.min('position').as('first'))
          .executeTakeFirstOrThrow(),
      );
      return first === null ? last : Math.min(last, Number(first) - 1);
    },
  };
}

/** An email has several, so that one batch for each sweep would not keep up. */
const MOST_BATCHES = 40;

/** The oldest in the log first, some at a time; what is not published yet is in no log. */
export async function deleteOldEvents(db: Kysely<Tables>, over: Date, limit: number): Promise<number> {
  let deleted = 0;
  for (let batches = 0; batches < MOST_BATCHES; batches++) {
    const { numDeletedRows } = await single(
      db
        .deleteFrom('events')
        .where('created_at', '<', over)
        .where('position', 'in', (eb) =>
          eb.selectFrom('events as old').select('old.position').orderBy('old.position').limit(limit),
        )
        .executeTakeFirstOrThrow(),
    );
    deleted += Number(numDeletedRows);
    if (Number(numDeletedRows) < limit) break;
  }
  return deleted;
}

type Query<O> = SelectQueryBuilder<Tables, 'events', O>;

const seenBy = <O>({ org, mode, mailboxes }: EventScope, query: Query<O>): Query<O> =>
  query
    .where('events.org', '=', org)
    .where('events.mode', '=', mode)
    .$if(mailboxes !== null, (some) => some.where('events.mailbox', 'in', [...(mailboxes ?? [])]));

/** An event names nobody; the address stands with the recipient or the suppression, for as long as it is kept. */
const withAddresses = (query: Query<object>) =>
  query
    .leftJoin('recipients', (join) =>
      join
        .onRef('recipients.message', '=', 'events.message')
        .onRef('recipients.index', '=', 'events.recipient')
        .onRef('recipients.org', '=', 'events.org'),
    )
    .leftJoin('suppressions', (join) =>
      join.onRef('suppressions.id', '=', 'events.suppression').onRef('suppressions.org', '=', 'events.org'),
    )
    .selectAll('events')
    .select(sql<string | null>`coalesce(recipients.address, suppressions.address)`.as('address'));

const eventOf = ({ address, ...row }: Rows['events'] & { address: string | null }): EventRow => ({
  ...publishedOf(row),
  recipient: address,
});
