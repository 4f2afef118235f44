/** @module Whoever takes a try looks what became of it; who else looks for work does not see it meanwhile. */
import type { Recipient } from '../core/email/revision.js';
import { nextLookup } from '../core/delivery/unknown.js';
import { iso } from './json.js';
import type { TakenUnknown, UnknownStore } from './port/unknown.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

type Wanted = Parameters<UnknownStore['takeUnknown']>[0];

/** A provider that no worker has any more is nobody's: its tries are taken by whoever comes. */
const NOBODYS_MS = 3_600_000;

export async function takeUnknown(
  work: Work,
  { limit, leaseMs, providers }: Wanted,
): Promise<TakenUnknown[]> {
  const { trx, now, settings } = work;
  const names = providers.map((one) => one.name);
  const lease = new Date(now.getTime() + leaseMs);
  const rows = await trx
    .updateTable('attempts')
    .set({ look_at: lease })
    .where((eb) =>
      eb(
        eb.refTuple('message', 'attempt', 'try'),
        'in',
        eb
          .selectFrom('attempts as due')
          .select(['due.message', 'due.attempt', 'due.try'])
          .where('due.look_at', '<=', now)
          .where((is) =>
            is.or([
              ...(names.length > 0 ? [is('due.provider', 'in', names)] : []),
              is('due.look_at', '<=', new Date(now.getTime() - NOBODYS_MS)),
            ]),
          )
          .orderBy('due.look_at')
          .limit(limit)
          .forUpdate()
          .skipLocked()
          .$asTuple('message', 'attempt', 'try'),
      ),
    )
    .returningAll()
    .execute();
  const taken: TakenUnknown[] = [];
  for (const row of rows) {
    const found = await readTry(work, row);
    if (found === null) await forget(work, row);
    else {
      const asks = providers.some((one) => one.name === row.provider && one.asks);
      const watched = { at: row.at, leaseUntil: row.lease_until, lookups: row.lookups, alerts: row.alerts };
      const lookup = nextLookup(watched, settings.unknown);
      const ask = !asks ? 'never' : lookup !== null && lookup <= now ? 'now' : 'later';
      const { message: id, attempt, try: number, provider } = row;
      taken.push({ ...found, id, attempt, try: number, provider, ask, lease: iso(lease) });
    }
  }
  return taken;
}

/** What a lookup needs to know of it; null where nobody is unknown any more. */
async function readTry(
  { trx }: Work,
  { org, message, attempt, try: number, key }: Rows['attempts'],
): Promise<Pick<TakenUnknown, 'mode' | 'at' | 'messageId' | 'recipients'> | null> {
  const rows = await trx
    .selectFrom('recipients')
    .innerJoin('messages', 'messages.id', 'recipients.message')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.message', '=', 'messages.id')
        .onRef('revisions.revision', '=', 'messages.revision'),
    )
    .select(['recipients.index', 'recipients.kind', 'recipients.address', 'messages.mode'])
    .select('revisions.header_id')
    .select((eb) =>
      eb
        .selectFrom('attempts as first')
        .select((it) => it.fn.min('first.at').as('at'))
        .whereRef('first.message', '=', 'recipients.message')
        .where((is) =>
          is.or([
            is.and([is('first.attempt', '=', attempt), is('first.try', '=', number)]),
            ...(key === null ? [] : [is('first.key', '=', key)]),
          ]),
        )
        .as('first_at'),
    )
    .where('recipients.org', '=', org)
    .where('recipients.message', '=', message)
    .where('recipients.attempt', '=', attempt)
    .where('recipients.try', '=', number)
    .where('recipients.status', '=', 'unknown')
    .orderBy('recipients.index')
    .execute();
  const [first] = rows;
  if (first === undefined || first.first_at === null) return null;
  const recipients: Recipient[] = rows.map(({ index, kind, address }) => ({ index, kind, address }));
  return { mode: first.mode, at: new Date(first.first_at), messageId: first.header_id, recipients };
}

/** Somebody settled it: there is nothing left to look for. */
async function forget(
  { trx }: Work,
  { org, message, attempt, try: number }: Rows['attempts'],
): Promise<void> {
  await trx
    .updateTable('attempts')
    .set({ look_at: null })
    .where('org', '=', org)
    .where('message', '=', message)
    .where('attempt', '=', attempt)
    .where('try', '=', number)
    .execute();
}
