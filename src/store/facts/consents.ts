/**
 * @module What the recipients have agreed to, where policy asks. Who has objected is taken at their word: after that
 * only a consent counts that they gave themselves. What an erased person had agreed to counts no more, as nothing
 * proves it; what they objected to does.
 */
import { sql } from 'kysely';
import { OUTLIVES_OBJECTION } from '../../core/policy/consent-law.js';
import type { Consent } from '../../core/policy/facts.js';
import { modeOf } from '../../core/policy/mode.js';
import { keysOfEach } from './names.js';
import { part } from './part.js';
import { instantOf } from './recipients.js';

type Row = Pick<Consent, 'index' | 'basis' | 'jurisdiction'> & {
  key: string;
  /** Seconds since the epoch. */
  at: number;
  expires_at: number | null;
};

export const consents = part<Row[], Consent[]>(
  (wanted) => {
    const { org, mode, policy, category } = wanted;
    if (!policy.consent.requiredFor.includes(category) || modeOf(policy, 'consent_validation') === 'off')
      return null;
    const names = keysOfEach(wanted);
    return sql`(
      with entries as (
        select consents.*, person from unnest(
          ${names.map((one) => one.index)}::int[], ${names.map((one) => one.key)}::text[]
        ) as named (person, key)
        join consents on org = ${org} and mode = ${mode} and address_key = key
      ), latest as (
        select distinct on (person) * from entries order by person, at desc, kind desc, created_at desc, id desc
      )
      select json_agg(json_build_object(
        'index', person, 'basis', basis, 'jurisdiction', jurisdiction, 'key', address_key,
        'at', extract(epoch from at), 'expires_at', extract(epoch from expires_at)) order by person)
      from latest
      where kind = 'granted' and (basis = ${OUTLIVES_OBJECTION} or not exists (
        select from entries objection where objection.person = latest.person and objection.kind = 'revoked'))
    )`;
  },
  (rows, wanted) => {
    // Under its own key, and not under that which an erasure leaves.
    const isTheirs = ({ index, key }: Row): boolean =>
      keysOfEach(wanted).some((one) => one.index === index && one.key === key && !one.isErased);
    return (rows ?? []).filter(isTheirs).map(({ index, basis, jurisdiction, at, expires_at }) => ({
      ...{ index, basis, jurisdiction, grantedAt: instantOf(at).toISOString() },
      expiresAt: expires_at === null ? null : instantOf(expires_at).toISOString(),
    }));
  },
);
