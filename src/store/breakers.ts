/**
 * @module Breakers as many processes share them: what an answer does to one, and who may probe. A row is locked only where an answer changes it; email that goes its way finds none and writes none.
 */
import type { ExpressionBuilder } from 'kysely';
import {
  afterFailure,
  afterNeither,
  afterSuccess,
  passage,
  signalOf,
  type Breaker,
} from '../core/delivery/breaker.js';
import type { Receipt } from '../core/delivery/receipt.js';
import { domainOf } from '../core/email/address.js';
import type { Email } from './email.js';
import { toJson, type Json } from './json.js';
import { breakerOf } from './standing.js';
import type { Rows, Tables } from './tables.js';
import type { Work } from './work.js';

export interface BreakersTable {
  org: string;
  domain: string;
  provider: string;
  recent: Json;
  opened_at: Date | null;
  retry_at: Date | null;
  opens: number;
  probe_until: Date | null;
  reason: string;
}

/** The domain that an email is from. */
export const senderDomain = ({ mailbox }: Pick<Email, 'mailbox'>): string =>
  domainOf(mailbox.address).toLowerCase();

type BreakerKey = Pick<BreakersTable, 'org' | 'domain' | 'provider'>;

const keyOf = (email: Email, provider: string): BreakerKey => ({
  org: email.message.org,
  domain: senderDomain(email),
  provider,
});

/** The row of that key. */
const is = (key: BreakerKey) => (eb: ExpressionBuilder<Tables, 'breakers'>) => eb.and({ ...key });

/**
 * What the answer to a try means for its provider; says where that opened or closed its breaker. Taken before quotas
 * and suppressions, as in a claim. Test email ends at the sandbox, which fails because it was asked to.
 */
export async function recordSignal(
  work: Work,
  email: Email,
  { provider, at }: Pick<Rows['attempts'], 'provider' | 'at'>,
  receipt: Receipt,
): Promise<'opened' | 'closed' | undefined> {
  const { standing, message } = email;
  const signal = signalOf(receipt);
  if (message.mode === 'test') return undefined;
  if (signal !== 'failure' && !standing.breakers.has(provider)) return undefined;
  const key = keyOf(email, provider);
  const reason = receipt.recipients.find((one) => one.outcome !== 'accepted')?.reason ?? 'unknown';
  const before = await lockBreaker(work, { ...key, ...NEW, reason }, signal === 'failure');
  if (before === null) {
    standing.breakers.delete(provider);
    return undefined;
  }
  const tried = { claimedAt: at.getTime(), now: work.now.getTime() };
  const after =
    signal === 'failure'
      ? afterFailure(before, tried, work.settings.breaker)
      : signal === 'success'
        ? afterSuccess(before, tried)
        : afterNeither(before, tried);
  write(work, key, before, after, reason);
  if (after === null) standing.breakers.delete(provider);
  else standing.breakers.set(provider, after);
  const turned =
    after === null
      ? before.openedAt !== null && ('closed' as const)
      : before.openedAt === null && after.openedAt !== null && ('opened' as const);
  if (turned === false) return undefined;
  work.note({
    ...{ org: message.org, mode: message.mode, mailbox: message.mailbox },
    ...{ type: `provider.${turned}`, by: provider },
    data: { provider, domain: key.domain, message: message.id, ...(turned === 'opened' && { reason }) },
    about: [{ provider, reason: turned === 'opened' ? reason : null }],
  });
  return turned;
}

const NEW = { recent: toJson([]), opened_at: null, retry_at: null, opens: 0, probe_until: null };

/** Locks it; where there is none, makes one or says null. */
async function lockBreaker({ trx }: Work, row: BreakersTable, isMade: boolean): Promise<Breaker | null> {
  const { org, domain, provider } = row;
  if (isMade)
    await trx
      .insertInto('breakers')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const found = await trx
    .selectFrom('breakers')
    .selectAll()
    .where(is({ org, domain, provider }))
    .forUpdate()
    .executeTakeFirst();
  // Gone between the two statements: somebody else's success.
  return found === undefined ? (isMade ? breakerOf(row) : null) : breakerOf(found);
}

function write(
  { trx, later }: Work,
  key: BreakerKey,
  before: Breaker,
  after: Breaker | null,
  reason: string,
): void {
  if (after === before) return;
  const row = `breaker ${key.org} ${key.domain} ${key.provider}`;
  if (after === null) {
    later(row, trx.deleteFrom('breakers').where(is(key)));
    return;
  }
  const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  const values = {
    ...{ recent: toJson(after.recent), opens: after.opens, reason },
    ...{
      opened_at: date(after.openedAt),
      retry_at: date(after.retryAt),
      probe_until: date(after.probeUntil),
    },
  };
  later(row, trx.updateTable('breakers').set(values).where(is(key)));
}

/** Whether a try may begin there now: `probe` where only the first one may. */
export function passageTo({ standing }: Email, provider: string, now: Date): 'go' | 'probe' | 'no' {
  if (standing.drained.includes(provider)) return 'no';
  const breaker = standing.breakers.get(provider);
  return breaker === undefined ? 'go' : passage(breaker, now.getTime());
}

/** One process of all gets it, until then at most; true as well where the breaker is gone by now. */
export async function takeProbe(
  { trx, now }: Work,
  email: Email,
  provider: string,
  until: Date,
): Promise<boolean> {
  const key = keyOf(email, provider);
  const { numUpdatedRows } = await trx
    .updateTable('breakers')
    .set({ probe_until: until })
    .where(is(key))
    .where('retry_at', '<=', now)
    .where((eb) => eb.or([eb('probe_until', 'is', null), eb('probe_until', '<=', now)]))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) return true;
  const row = await trx.selectFrom('breakers').select('opened_at').where(is(key)).executeTakeFirst();
  return row === undefined || row.opened_at === null;
}

/** The email that would have probed does not go. */
export async function leaveProbe({ trx }: Work, email: Email, provider: string, until: Date): Promise<void> {
  await trx
    .updateTable('breakers')
    .set({ probe_until: null })
    .where(is(keyOf(email, provider)))
    .where('probe_until', '=', until)
    .execute();
}
