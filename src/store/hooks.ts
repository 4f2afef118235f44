/** @module Tokens of webhooks, each good for one body: kept with what the webhook reports, or not at all. */
import type { Kysely } from 'kysely';
import type { ProviderReport } from '../core/delivery/receipt.js';
import type { HookToken } from './port/hooks.js';
import { applyReports } from './reports.js';
import type { Applied } from './store.js';
import type { Tables } from './tables.js';
import { single, type Work } from './work.js';

export interface HookTokensTable {
  provider: string;
  token: string;
  body: string;
  expires_at: Date;
}

/** Longer than any provider's reader believes a webhook of that age. */
const KEPT_MS = 2 * 24 * 3_600_000;

export async function applyHook(
  work: Work,
  provider: string,
  token: HookToken,
  reports: readonly ProviderReport[],
): Promise<Applied[] | 'replayed'> {
  // Of two with one token at once the second waits here for the end of the first.
  if (!(await isGood(work, provider, token))) return 'replayed';
  // A repetition goes on: a webhook of many reports may have come only half way before.
  return await applyReports(work, provider, reports);
}

async function isGood(
  { trx, now }: Work,
  provider: string,
  { token, body, scope = provider }: HookToken,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('hook_tokens')
    .values({ provider: scope, token, body, expires_at: new Date(now.getTime() + KEPT_MS) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return true;
  const kept = await trx
    .selectFrom('hook_tokens')
    .select('body')
    .where('provider', '=', scope)
    .where('token', '=', token)
    .executeTakeFirst();
  return kept?.body === body;
}

/** Past their time, some at a time. */
export async function deleteOldTokens(db: Kysely<Tables>, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await single(
    db
      .deleteFrom('hook_tokens')
      .where((eb) =>
        eb(
          eb.refTuple('provider', 'token'),
          'in',
          eb
            .selectFrom('hook_tokens as old')
            .select(['old.provider', 'old.token'])
            .where('old.expires_at', '<=', now)
            .orderBy('old.expires_at')
            .limit(limit)
            .$asTuple('provider', 'token'),
        ),
      )
      .executeTakeFirstOrThrow(),
  );
  return Number(numDeletedRows);
}
