/**
 * @module Pausing and resuming a key, with its line: whoever made another key with it would go on with that. Resumed is
 * what was paused with it; a key of the line that was paused for itself stays so.
 */
import { isOfLine } from './key-line.js';
import { keyOf, keyRows } from './key-rows.js';
import { cleaned } from './json.js';
import { lockedPrincipal } from './make-key.js';
import { bringForward } from './paused-mail.js';
import type { KeyRow, Switch } from './store.js';
import type { Work } from './work.js';

export interface KeySwitch extends Switch {
  id: string;
  /** A code, where no person did it, and the message that it is about. */
  because?: { reason: string; message: string; mailbox: string };
}

export async function switchKey(work: Work, change: KeySwitch): Promise<KeyRow | null> {
  const { trx, now, note } = work;
  const { org, id, to, why, by, because } = change;
  const named = keyRows(trx).where('keys.org', '=', org).where('keys.id', '=', id);
  const key = await named.executeTakeFirst();
  if (key === undefined) return null;
  await lockedPrincipal(work, org, key.principal);
  const isPause = to === 'paused';
  // Of now: whoever paused it meanwhile is done.
  const { paused_with: pausedWith } = await named.executeTakeFirstOrThrow();
  const switched = await trx
    .updateTable('keys')
    .set({
      ...{ status: to, switched_at: now },
      ...{ paused_why: isPause ? cleaned(why ?? '') : null, paused_with: isPause ? id : null },
    })
    .where('org', '=', org)
    .where(isOfLine(org, id, key.principal))
    .where('status', '<>', to)
    .$if(!isPause, (query) => query.where('paused_with', 'is not distinct from', pausedWith))
    .returning(['id', 'mode'])
    .execute();
  const type = isPause ? 'key.paused' : 'key.resumed';
  for (const one of switched)
    note({
      ...{ org, type, by, data: { key: one.id }, mode: one.mode },
      ...(because && {
        message: because.message,
        mailbox: because.mailbox,
        about: [{ reason: because.reason }],
      }),
    });
  if (to === 'active') await bringForward(work, { org, keys: switched.map((one) => one.id) });
  return keyOf(await named.executeTakeFirstOrThrow());
}
