/**
 * @module What a judgement looks at, read by one statement: the mailbox as it is now, and each part beside it.
 */
import { sql } from 'kysely';
import { Problem } from '../../errors.js';
import { mailboxOf, type MailboxFound } from '../mailboxes.js';
import { ORG_POLICY } from '../policies.js';
import { STANDING, standingOf, type Standing } from '../standing.js';
import type { MailboxRow } from '../store.js';
import type { Work } from '../work.js';
import { approvals } from './approvals.js';
import { distinct } from './distinct.js';
import { consents } from './consents.js';
import { duplicateOf } from './duplicate.js';
import { contacted, hardBounced } from './history.js';
import { leases } from './leases.js';
import { places, room } from './limits.js';
import type { Part, Wanted } from './part.js';
import { recipientUsage } from './recipients.js';
import { negativeSignals, volume } from './signals.js';
import { suppressions } from './suppressions.js';
import { keyStatus, orgStatus } from './who.js';

export type { Wanted } from './part.js';

/** Who is suppressed gets no copy either. */
const ofEverybody = <Read>({ column, read }: Part<Read>): Part<Read> => {
  const all = (wanted: Wanted): Wanted => ({ ...wanted, recipients: wanted.everybody });
  return { column: (wanted) => column(all(wanted)), read: (json, wanted) => read(json, all(wanted)) };
};

const PARTS = {
  orgStatus,
  keyStatus,
  room,
  places,
  recipientUsage,
  distinct,
  negativeSignals,
  volume,
  suppressions: ofEverybody(suppressions),
  consents,
  contacted,
  hardBounced: ofEverybody(hardBounced),
  leases,
  duplicateOf,
  approvals,
};

type Parts = { [Name in keyof typeof PARTS]: ReturnType<(typeof PARTS)[Name]['read']> };

export interface Found extends Parts {
  mailbox: MailboxRow;
  /** How the providers stand with this sender. */
  standing: Standing;
}

/** @throws Problem `mailbox_unknown`. */
export async function findFacts({ trx }: Pick<Work, 'trx'>, wanted: Wanted): Promise<Found> {
  const entries = Object.entries(PARTS) as [keyof Parts, Part<unknown>][];
  const columns = entries.map(
    ([name, { column }]) => sql`${column(wanted) ?? sql`null::json`} as ${sql.id(name)}`,
  );
  const { rows } = await sql<MailboxFound & Record<keyof Parts, unknown> & { standing: string }>`
    select mailboxes.*, ${ORG_POLICY} as org_policy, ${STANDING} as standing, ${sql.join(columns)}
    from mailboxes where org = ${wanted.org} and id = ${wanted.mailbox}
  `.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Problem('mailbox_unknown', { detail: 'There is no such mailbox.' });
  const parts = Object.fromEntries(entries.map(([name, { read }]) => [name, read(row[name], wanted)]));
  return { ...(parts as Parts), mailbox: mailboxOf(row), standing: standingOf(row.standing) };
}
