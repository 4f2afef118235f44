/** @module Whoever takes a try looks what became of it; who else looks for work does not see it meanwhile. */
import type { Recipient } from '../core/email/revision.js';
import { nextLookup } from '../core/delivery/unknown.js';
import { changeTry } from './change-try.js';
import { readEmail } from './email.js';
import { iso } from './json.js';
import type { TakenUnknown, UnknownStore } from './port/unknown.js';
import type { Rows } from './tables.js';
import { ofOneKey, soughtBy, watchedOf } from './unknown.js';
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
    // Somebody settled it: there is nothing left to look for.
    if (found === null) changeTry(work, row, { look_at: null });
    else {
      const asks = providers.some((one) => one.name === row.provider && one.asks);
      const lookup = nextLookup(watchedOf(row), settings.unknown);
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
  { message, attempt, try: number }: Rows['attempts'],
): Promise<Pick<TakenUnknown, 'mode' | 'at' | 'messageId' | 'recipients'> | null> {
  const email = await readEmail(trx, message);
  const row = email?.attempts.find((one) => one.attempt === attempt && one.try === number);
  if (email === null || row === undefined) return null;
  const { org, mode, revision } = email.message;
  const recipients = soughtBy(email, row).map(({ index, kind, address }): Recipient => ({
    ...{ index, kind, address },
  }));
  if (recipients.length === 0) return null;
  const { header_id: messageId } = await trx
    .selectFrom('revisions')
    .select('header_id')
    .where((eb) => eb.and({ org, message, revision }))
    .executeTakeFirstOrThrow();
  const at = new Date(Math.min(...ofOneKey(email, row).map((one) => one.at.getTime())));
  return { mode, at, messageId, recipients };
}
