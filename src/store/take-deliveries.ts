/**
 * @module What a dispatcher asks of the store: which deliveries it may try now. Any number of dispatchers ask; a
 * lease on the row says who is at it, and ends by itself where that one died. See record-delivery.ts for the rest.
 */
import { sql, type Kysely } from 'kysely';
import { fromJson, iso } from './json.js';
import type { TakenDelivery, WebhookStore } from './port/webhooks.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

type Wanted = Parameters<WebhookStore['takeDeliveries']>[0];
type Taken = Awaited<ReturnType<WebhookStore['takeDeliveries']>>;

/** Endpoints of one round. */
const MOST_ENDPOINTS = 64;
/** As many times its places: those that may not go yet are put off, and not looked at again and again. */
const LOOKED_AT = 2;
/** One that waits for another is looked at again after this, should nobody have woken it. */
const PUT_OFF_MS = 10_000;

interface Candidate {
  id: string;
  webhook: string;
  event: string;
  type: string;
  created_at: Date | string;
  tries: number;
  /** How many of its endpoint may go. */
  room: number;
  /** When the one that goes before it is looked at; null where there is none. */
  behind: Date | string | null;
  /** Which writing of the row this is. */
  written: string;
}

const NOTHING: Taken = { taken: [], last: null, more: false };

export async function takeDeliveries(
  db: Kysely<Tables>,
  settings: StoreSettings,
  wanted: Wanted,
): Promise<Taken> {
  // Most looks find nothing, and should cost no transaction.
  const pending = db.selectFrom('webhook_deliveries').select('id').where('status', '=', 'pending').limit(1);
  if ((await single(pending.execute())).length === 0) return NOTHING;
  return await transact(db, settings, (work) => takeDue(work, wanted));
}

async function takeDue(work: Work, wanted: Wanted): Promise<Taken> {
  const busy = await busyEndpoints(work, wanted.after);
  if (busy.length === 0) return NOTHING;
  const endpoints = await ofFreeOrgs(work, busy);
  if (endpoints.length === 0) return { ...NOTHING, last: lastServed([], busy, wanted.limit) };

  const rooms = await roomOfOrgs(work, endpoints, wanted.perOrg);
  const candidates = await candidatesOf(work, endpoints, wanted);
  const behind = candidates.filter((one) => one.behind !== null);
  await putOff(work, behind);
  const chosen = deal(
    candidates.filter((one) => one.behind === null),
    endpoints,
    rooms,
    wanted,
  );
  const taken = await lease(work, chosen, endpoints, wanted.leaseMs);
  const last = lastServed(chosen, busy, wanted.limit);
  return { taken, last, more: taken.length > 0 || behind.length > 0 || last !== null };
}

/** The next round goes on after it; null where it begins anew. */
function lastServed(
  chosen: readonly Candidate[],
  endpoints: readonly Rows['webhooks'][],
  limit: number,
): string | null {
  const turns = new Set(chosen.map((one) => one.webhook));
  if (chosen.length === limit && turns.size === limit) return chosen.at(-1)?.webhook ?? null;
  return endpoints.length < MOST_ENDPOINTS ? null : (endpoints.at(-1)?.id ?? null);
}

/**
 * Those with something due, by id, locked: so no two dispatchers count the same endpoint's places. Each step of the
 * recursion goes to the next endpoint by the index, however many deliveries the one before has.
 */
async function busyEndpoints({ trx, now }: Work, after: string | null): Promise<Rows['webhooks'][]> {
  const { rows } = await sql<Rows['webhooks']>`
    with recursive busy (webhook, next_at) as (
      (select webhook, next_at from webhook_deliveries
       where status = 'pending' and webhook > ${after ?? ''}
       order by webhook, next_at limit 1)
      union all
      select next.webhook, next.next_at from busy cross join lateral (
        select one.webhook, one.next_at from webhook_deliveries one
        where one.status = 'pending' and one.webhook > busy.webhook
        order by one.webhook, one.next_at limit 1
      ) next
    )
    select w.* from busy join webhooks w on w.id = busy.webhook
    where busy.next_at <= ${now} and w.status = 'active' and w.deleted_at is null
    order by w.id
    limit ${MOST_ENDPOINTS}
    for no key update of w skip locked
  `.execute(trx);
  return rows;
}

/** Those of an org whose places nobody else counts right now. Never waits, so two that hold some do not block each other. */
async function ofFreeOrgs(
  { trx }: Work,
  endpoints: readonly Rows['webhooks'][],
): Promise<Rows['webhooks'][]> {
  const orgs = JSON.stringify([...new Set(endpoints.map((one) => one.org))].map((org) => ({ org })));
  const { rows } = await sql<{ org: string }>`
    select org from json_to_recordset(${orgs}::json) as each (org text)
    where pg_try_advisory_xact_lock(hashtextextended('deliveries of ' || org, 0))
  `.execute(trx);
  const free = new Set(rows.map((one) => one.org));
  return endpoints.filter((one) => free.has(one.org));
}

/** How many more of each org may go. The index of leases holds only those in flight. */
async function roomOfOrgs(
  { trx, now }: Work,
  endpoints: readonly Rows['webhooks'][],
  perOrg: number,
): Promise<Map<string, number>> {
  const leased = await trx
    .selectFrom('webhook_deliveries')
    .select(['org', (eb) => eb.fn.countAll<string | number>().as('count')])
    .where('lease_until', '>', now)
    .groupBy('org')
    .execute();
  const rooms = new Map(endpoints.map(({ org }) => [org, perOrg]));
  for (const { org, count } of leased) if (rooms.has(org)) rooms.set(org, perOrg - Number(count));
  return rooms;
}

/** A statement of its own: it must see what the last holder of the locks has taken. */
async function candidatesOf(
  { trx, now }: Work,
  endpoints: readonly Rows['webhooks'][],
  { perEndpoint }: Wanted,
): Promise<Candidate[]> {
  const ids = endpoints.map((one) => one.id);
  const { rows } = await sql<Candidate>`
    select due.*, places.room, (
      select min(earlier.next_at) from webhook_deliveries earlier
      where earlier.webhook = due.webhook and earlier.message = due.message
        and earlier.status = 'pending' and earlier.position < due.position
    ) as behind
    from webhooks w
    cross join lateral (
      select (case when w.failing_since is null then ${perEndpoint}::int else 1 end - count(*))::int as room
      from webhook_deliveries leased
      where leased.webhook = w.id and leased.lease_until > ${now}
    ) places
    cross join lateral (
      select one.id, one.webhook, one.event, one.type, one.message, one.position, one.created_at, one.tries,
        one.xmin::text as written
      from webhook_deliveries one
      where one.webhook = w.id and one.status = 'pending' and one.next_at <= ${now}
      order by one.next_at, one.position
      limit ${perEndpoint * LOOKED_AT}
    ) due
    where w.id = any(${ids}::text[]) and places.room > 0
    order by due.webhook, due.position
  `.execute(trx);
  return rows;
}

/**
 * The one before may be done by now, and have woken this one; then the row was written since it was read, and stays
 * as it is. Whoever wakes it later writes it after this, and knows one that was tried before by a lease long over:
 * it was due, and is not one that waits for its own next try.
 */
async function putOff({ trx, now }: Work, behind: readonly Candidate[]): Promise<void> {
  if (behind.length === 0) return;
  const soonest = now.getTime() + PUT_OFF_MS;
  const rows = behind.map(({ id, written, behind: until }) => {
    const at = iso(new Date(Math.max(soonest, new Date(until ?? 0).getTime())));
    return { id, written, at };
  });
  await sql`
    update webhook_deliveries d set next_at = put.at,
      lease_until = case when d.tries > 0 then 'epoch'::timestamptz end
    from json_to_recordset(${JSON.stringify(rows)}::json) as put (id text, written text, at timestamptz)
    where d.id = put.id and d.xmin::text = put.written
  `.execute(trx);
}

/** One of each endpoint, then another of each: who has many waits for who has few. */
function deal(
  candidates: readonly Candidate[],
  endpoints: readonly Rows['webhooks'][],
  rooms: Map<string, number>,
  { limit, failing }: Wanted,
): Candidate[] {
  const queues = endpoints.map((endpoint) => {
    const own = candidates.filter((one) => one.webhook === endpoint.id);
    return {
      org: endpoint.org,
      fails: endpoint.failing_since !== null,
      own: own.slice(0, own[0]?.room ?? 0),
    };
  });
  const chosen: Candidate[] = [];
  let toFailing = 0;
  for (let turn = 0; queues.some(({ own }) => own.length > turn); turn++)
    for (const { org, fails, own } of queues) {
      const one = own[turn];
      const room = rooms.get(org) ?? 0;
      if (one === undefined || chosen.length === limit || room <= 0 || (fails && toFailing === failing))
        continue;
      if (fails) toFailing += 1;
      rooms.set(org, room - 1);
      chosen.push(one);
    }
  return chosen;
}

async function lease(
  { trx, now }: Work,
  chosen: readonly Candidate[],
  endpoints: readonly Rows['webhooks'][],
  leaseMs: number,
): Promise<TakenDelivery[]> {
  if (chosen.length === 0) return [];
  const until = new Date(now.getTime() + leaseMs);
  const leased = await trx
    .updateTable('webhook_deliveries')
    .set((eb) => ({ tries: eb('tries', '+', 1), next_at: until, lease_until: until }))
    .where(
      'id',
      'in',
      chosen.map((one) => one.id),
    )
    // Who was late with an answer may have brought it meanwhile.
    .where('status', '=', 'pending')
    .where('next_at', '<=', now)
    .returning('id')
    .execute();
  const ours = new Set(leased.map((one) => one.id));
  const webhooks = new Map(endpoints.map((one) => [one.id, one]));
  return chosen.flatMap(({ id, webhook, event, type, created_at, tries }): TakenDelivery[] => {
    const endpoint = webhooks.get(webhook);
    if (!ours.has(id) || endpoint === undefined) return [];
    const { org, mode, mailboxes, url, secret, previous_secret, previous_until, failing_since } = endpoint;
    const signsToo = previous_secret !== null && previous_until !== null && previous_until > now;
    return [
      {
        ...{ id, org, mode, webhook, url, event, type, tries: tries + 1 },
        mailboxes: mailboxes === null ? null : fromJson<string[]>(mailboxes),
        secrets: signsToo ? [secret, previous_secret] : [secret],
        createdAt: iso(new Date(created_at)),
        failing: failing_since !== null,
        leaseUntil: iso(until),
      },
    ];
  });
}
