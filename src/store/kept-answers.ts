/** @module Answers that are kept under the key of their call, sealed by whoever stores them. */
import type { Kysely } from 'kysely';
import { cleaned } from './json.js';
import type { KeptAnswerStore, KeptCall } from './port/kept-answers.js';
import type { StoreSettings } from './settings.js';
import type { Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

export interface KeptAnswersTable {
  org: string;
  caller: string;
  operation: string;
  key: string;
  request_hash: string;
  holder: string;
  lease_until: Date;
  answer: string | null;
  expires_at: Date;
}

export function keptAnswers(db: Kysely<Tables>, settings: StoreSettings): KeptAnswerStore {
  return {
    claimAnswer: (call) => transact(db, settings, (work) => claimAnswer(work, call)),

    keepAnswer: async ({ holder, answer, ...call }) => {
      await single(
        db
          .updateTable('kept_answers')
          .set({ answer })
          .where((eb) => eb.and({ ...named(call), holder }))
          .execute(),
      );
    },

    dropAnswer: async ({ holder, ...call }) => {
      await single(
        db
          .deleteFrom('kept_answers')
          .where((eb) => eb.and({ ...named(call), holder }))
          .where('answer', 'is', null)
          .execute(),
      );
    },
  };
}

async function claimAnswer(
  { trx, now }: Work,
  { requestHash, holder, leaseMs, keepMs, ...call }: Parameters<KeptAnswerStore['claimAnswer']>[0],
): ReturnType<KeptAnswerStore['claimAnswer']> {
  const mine = {
    ...{ request_hash: requestHash, holder, answer: null },
    lease_until: new Date(now.getTime() + leaseMs),
    expires_at: new Date(now.getTime() + keepMs),
  };
  const inserted = await trx
    .insertInto('kept_answers')
    .values({ ...named(call), ...mine })
    .onConflict((conflict) => conflict.doNothing())
    .returning('holder')
    .executeTakeFirst();
  if (inserted !== undefined) return { result: 'mine' };
  const there = await trx
    .selectFrom('kept_answers')
    .selectAll()
    .where((eb) => eb.and(named(call)))
    .forUpdate()
    .executeTakeFirst();
  // It was dropped between the two statements: whoever repeats the call finds it free.
  if (there === undefined) return { result: 'busy' };
  if (there.expires_at > now) {
    if (there.request_hash !== requestHash) return { result: 'differs' };
    if (there.answer !== null) return { result: 'kept', answer: there.answer };
    if (there.lease_until > now) return { result: 'busy' };
  }
  await trx
    .updateTable('kept_answers')
    .set(mine)
    .where((eb) => eb.and(named(call)))
    .execute();
  return { result: 'mine' };
}

/** Some at a time, the oldest first. */
export async function deleteOldAnswers(db: Kysely<Tables>, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await single(
    db
      .deleteFrom('kept_answers')
      .where((eb) =>
        eb(
          eb.refTuple('org', 'caller', 'operation', 'key'),
          'in',
          eb
            .selectFrom('kept_answers as old')
            .select(['old.org', 'old.caller', 'old.operation', 'old.key'])
            .where('old.expires_at', '<=', now)
            .orderBy('old.expires_at')
            .limit(limit)
            .$asTuple('org', 'caller', 'operation', 'key'),
        ),
      )
      // Again: one that was taken anew meanwhile counts from now.
      .where('expires_at', '<=', now)
      .executeTakeFirstOrThrow(),
  );
  return Number(numDeletedRows);
}

const named = ({ org, caller, operation, key }: KeptCall): KeptCall => ({
  ...{ org, caller, operation, key: cleaned(key) },
});
