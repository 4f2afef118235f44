/**
 * @module What the sweep asks of the store: its lease, the messages whose look is due, when to look again,
 * and the deletion of what expired. None of it changes a message but for the time of its next look.
 */
import { sql, type Kysely } from 'kysely';
import type { RecipientStatus } from '../core/email/state.js';
import { deleteOldEvents } from './events.js';
import { iso } from './json.js';
import { deleteOldTokens } from './hooks.js';
import { deleteOldAnswers } from './kept-answers.js';
import { isLate, lookAgain } from './next-look.js';
import type { StoreSettings } from './settings.js';
import type { Store, Unswept } from './store.js';
import type { Tables } from './tables.js';
import { deleteExpiredUploads } from './uploads.js';
import { deleteOldDeliveries } from './webhook-deliveries.js';
import { single } from './work.js';

export interface LeasesTable {
  name: string;
  holder: string;
  until: Date;
}

type Verbs = Pick<Store, 'takeLease' | 'unswept' | 'looked' | 'lookSoon' | 'deleteExpired'>;

export function sweep(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    takeLease: async ({ name, holder, forMs }) => {
      const now = settings.clock();
      const until = new Date(now.getTime() + forMs);
      const taken = await single(
        db
          .insertInto('leases')
          .values({ name, holder, until })
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ holder, until })
              .where((eb) => eb.or([eb('leases.holder', '=', holder), eb('leases.until', '<=', now)])),
          )
          .executeTakeFirstOrThrow(),
      );
      return taken.numInsertedOrUpdatedRows === 1n;
    },

    unswept: async (limit) => {
      const now = settings.clock();
      const rows = await single(
        db
          .selectFrom('messages')
          .select(['id', 'owner_run', 'status', 'sweep_at'])
          .select(['wait_until', 'closed_at', 'last_wire_at', 'updated_at'])
          .select(
            sql<string>`(
              select json_agg(json_build_object('status', one.status)) from recipients one
              where one.org = messages.org and one.message = messages.id
            )::text`.as('states'),
          )
          .where('sweep_at', '<=', now)
          .orderBy('sweep_at')
          .orderBy('id')
          .limit(limit)
          .execute(),
      );
      return rows.map(({ states, ...message }): Unswept => {
        const recipients = JSON.parse(states) as { status: RecipientStatus }[];
        const isOver = message.closed_at !== null;
        return {
          ...{ id: message.id, run: message.owner_run, isOver },
          isClaimed: recipients.some((one) => one.status === 'claimed'),
          isLate: isOver || isLate({ message, recipients }, settings, now),
          lookedFor: iso(message.sweep_at ?? now),
          again: iso(lookAgain({ message, recipients }, settings, now)),
        };
      });
    },

    looked: async ({ id, lookedFor, again }) => {
      await single(
        db
          .updateTable('messages')
          .set({ sweep_at: again === null ? null : new Date(again) })
          .where('id', '=', id)
          // Whoever wrote the message meanwhile has set another time.
          .where('sweep_at', '=', new Date(lookedFor))
          .execute(),
      );
    },

    lookSoon: async (ids) => {
      if (ids.length === 0) return;
      const soon = new Date(settings.clock().getTime() + settings.quietForMs);
      await single(
        db
          .updateTable('messages')
          .set({ sweep_at: soon })
          // Locked in one order, as everywhere.
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('messages as late')
              .select('late.id')
              .where('late.id', 'in', ids)
              .where((is) => is.or([is('late.sweep_at', 'is', null), is('late.sweep_at', '>', soon)]))
              .orderBy('late.id')
              .forUpdate(),
          )
          .execute(),
      );
    },

    deleteExpired: async ({ dedupeWindowMs, limit }) => {
      const now = settings.clock();
      const over = new Date(now.getTime() - dedupeWindowMs);
      const { numDeletedRows: fingerprints } = await single(
        db
          .deleteFrom('fingerprints')
          .where((eb) =>
            eb(
              eb.refTuple('org', 'mailbox', 'mode', 'hash'),
              'in',
              eb
                .selectFrom('fingerprints as old')
                .select(['old.org', 'old.mailbox', 'old.mode', 'old.hash'])
                .where('old.at', '<=', over)
                .orderBy('old.at')
                .limit(limit)
                .$asTuple('org', 'mailbox', 'mode', 'hash'),
            ),
          )
          // Again: one that was taken anew meanwhile counts from now.
          .where('at', '<=', over)
          .executeTakeFirstOrThrow(),
      );
      const uploads = await deleteExpiredUploads(db, now, limit);
      const { numDeletedRows: blobs } = await single(
        db
          .deleteFrom('blobs')
          .where('sha256', 'in', (eb) =>
            eb
              .selectFrom('blobs as old')
              .select('old.sha256')
              .where('old.expires_at', '<=', now)
              .orderBy('old.expires_at')
              .limit(limit),
          )
          .where('expires_at', '<=', now)
          .executeTakeFirstOrThrow(),
      );
      const answers = await deleteOldAnswers(db, now, limit);
      const olderThan = new Date(now.getTime() - settings.keepEventsMs);
      const events = await deleteOldEvents(db, olderThan, limit);
      const deliveries = await deleteOldDeliveries(db, { now, olderThan, limit });
      return {
        fingerprints: Number(fingerprints),
        uploads,
        blobs: Number(blobs),
        answers,
        events,
        deliveries,
        tokens: await deleteOldTokens(db, now, limit),
      };
    },
  };
}
