/** @module Who of the recipients is suppressed, in the org, by their domain, or for this mailbox. */
import { sql } from 'kysely';
import type { SuppressionHit } from '../../core/policy/facts.js';
import type { Rows } from '../tables.js';
import { keysOfEach, namesOf } from './names.js';
import { part } from './part.js';

type Row = Pick<Rows['suppressions'], 'address_key' | 'scope' | 'mailbox' | 'reason'>;

export const suppressions = part<Row[], SuppressionHit[]>(
  (wanted) => {
    const { org, mode, now, recipients } = wanted;
    const keys = keysOfEach(wanted).map((one) => one.key);
    const domains = namesOf(recipients).map((one) => one.domain);
    return sql`(
      select json_agg(json_build_object(
        'address_key', address_key, 'scope', scope, 'mailbox', suppressions.mailbox, 'reason', reason)
        order by created_at)
      from suppressions
      where org = ${org} and mode = ${mode} and removed_at is null
        and (expires_at is null or expires_at > ${now})
        and address_key = any(${[...new Set([...keys, ...domains])]})
    )`;
  },
  (rows, wanted) => {
    const { mailbox, recipients } = wanted;
    const hits = (rows ?? []).filter((row) => row.scope !== 'mailbox' || row.mailbox === mailbox);
    const names = keysOfEach(wanted);
    return namesOf(recipients).flatMap(({ index, domain }) => {
      const keys = names.filter((one) => one.index === index).map((one) => one.key);
      return hits
        .filter((hit) =>
          hit.scope === 'domain' ? hit.address_key === domain : keys.includes(hit.address_key),
        )
        .map(({ scope, reason }) => ({ index, scope, reason }));
    });
  },
);
