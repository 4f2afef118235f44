/** @module Who of the org's other principals is in contact with a recipient; live and test apart. */
import { sql } from 'kysely';
import type { ContactLease } from '../../core/policy/facts.js';
import { modeOf } from '../../core/policy/mode.js';
import { isHolderGone } from '../leases.js';
import { keysOf, namesOf } from './names.js';
import { part } from './part.js';

interface Row {
  key: string;
  holder: string;
  until: string;
}

export const leases = part<Row[], ContactLease[]>(
  ({ org, mode, principal, policy, recipients, now }) =>
    modeOf(policy, 'lease_conflict') === 'off'
      ? null
      : sql`(
          select json_agg(json_build_object('key', address_key, 'holder', holder, 'until', until))
          from contact_leases
          where org = ${org} and mode = ${mode} and address_key = any(${keysOf(recipients)})
            and holder <> ${principal} and until > ${now} and not ${isHolderGone(now)}
        )`,
  (rows, { recipients }) =>
    namesOf(recipients).flatMap(({ index, key }) =>
      (rows ?? [])
        .filter((row) => row.key === key)
        .map(({ holder, until }) => ({ index, holder, until: new Date(until).toISOString() })),
    ),
);
