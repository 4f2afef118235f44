/**
 * @module How the providers stand with the sender of one email, read along in the statements that are on its way
 * anyhow: the breakers of its domain, and who is drained. Whom not to ask now, and until when.
 */
import { sql } from 'kysely';
import { asksAgainAt, passage, type Breaker } from '../core/delivery/breaker.js';
import type { Receipt } from '../core/delivery/receipt.js';
import { fromJson } from './json.js';
import type { Rows } from './tables.js';

export interface Standing {
  /** By provider: those that failed lately. */
  breakers: Map<string, Breaker>;
  drained: readonly string[];
}

/** Of a mailbox: the domain that its email is from. */
export const SENDER_DOMAIN = sql<string>`lower(substring(mailboxes.address from '[^@]*$'))`;

/** A column beside those of `mailboxes`. JSON, as text. */
export const STANDING = sql<string>`json_build_object(
  'breakers', (
    select json_agg(one) from breakers one
    where one.org = mailboxes.org and one.domain = ${SENDER_DOMAIN}
  ),
  'drained', (select json_agg(provider) from drained_providers)
)::text`;

export function standingOf(text: string): Standing {
  const { breakers, drained } = JSON.parse(text) as {
    breakers: Rows['breakers'][] | null;
    drained: string[] | null;
  };
  return {
    breakers: new Map((breakers ?? []).map((row) => [row.provider, breakerOf(row)])),
    drained: drained ?? [],
  };
}

/** Of a row as the driver reads it, or as PostgreSQL writes it in JSON, where instants are text. */
export function breakerOf(row: Rows['breakers']): Breaker {
  const ms = (at: Date | string | null): number | null => (at === null ? null : new Date(at).getTime());
  return {
    recent: fromJson<number[]>(row.recent),
    openedAt: ms(row.opened_at),
    retryAt: ms(row.retry_at),
    opens: row.opens,
    probeUntil: ms(row.probe_until),
  };
}

/** Why a provider is not asked, and when it may be again; Infinity where nobody knows. */
export interface Shut {
  by: 'drain' | 'breaker' | 'retry_after';
  until: number;
}

interface Asked {
  standing: Standing;
  attempts: readonly Rows['attempts'][];
}

/** By provider: those that are not to be asked at this time. */
export function shutAt({ standing, attempts }: Asked, at: Date): Map<string, Shut> {
  const now = at.getTime();
  const shut = new Map<string, Shut>();
  for (const [provider, until] of waitsOf(attempts))
    if (until > now) shut.set(provider, { by: 'retry_after', until });
  for (const [provider, breaker] of standing.breakers)
    if (passage(breaker, now) === 'no') {
      const until = Math.max(asksAgainAt(breaker, now), shut.get(provider)?.until ?? 0);
      shut.set(provider, { by: 'breaker', until });
    }
  for (const provider of standing.drained) shut.set(provider, { by: 'drain', until: Infinity });
  return shut;
}

/** Until when each provider asked to be left alone with this email (Retry-After), by its latest answer. */
function waitsOf(attempts: Asked['attempts']): Map<string, number> {
  const waits = new Map<string, number>();
  for (const { provider, receipt, finished_at } of attempts) {
    if (receipt === null || finished_at === null) continue;
    const { retryAfter = 0 } = fromJson<Receipt>(receipt);
    waits.set(provider, finished_at.getTime() + retryAfter);
  }
  return waits;
}
