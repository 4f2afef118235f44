/** @module After the storm: waits until all is settled, and counts what was lost or came twice. */
import { sleep } from './chance.js';
import type { House } from './house.js';
import type { Sent } from './load.js';
import type { Ledger } from './post-office.js';

export type Rows = Map<string, { status: string; isClosed: boolean }>;

/** Nothing more happens to it by itself but reports; a person may resolve `unknown`. */
const SETTLED: ReadonlySet<string> = new Set(
  ['sent', 'delivered', 'bounced', 'complained', 'deferred', 'failed', 'denied', 'rejected'].concat(
    ...['expired', 'canceled', 'unknown'],
  ),
);
const ARRIVED: ReadonlySet<string> = new Set(['sent', 'delivered', 'bounced', 'complained', 'deferred']);

export async function readRows({ database }: House): Promise<Rows> {
  const rows = await database.selectFrom('messages').select(['id', 'status', 'closed_at']).execute();
  return new Map(rows.map(({ id, status, closed_at }) => [id, { status, isClosed: closed_at !== null }]));
}

/** Waits until every accepted email is settled, at most so long; says now and then what it waits for. */
export async function settled(
  house: House,
  sent: readonly Sent[],
  { ms, say }: { ms: number; say: (line: string) => void },
): Promise<Rows> {
  const started = Date.now();
  for (let reminders = 1; ;) {
    const rows = await readRows(house);
    const isOpen = (one: Sent, status: string): boolean =>
      // One that nobody could approve in time stays held.
      !SETTLED.has(status) && (status !== 'held' || one.approved);
    const open = sent.flatMap((one) => [...one.ids].filter((id) => isOpen(one, statusOf(rows, id))));
    const waited = Date.now() - started;
    if (open.length === 0 || waited > ms) return rows;
    if (waited > reminders * 10_000) {
      reminders += 1;
      say(`waiting for ${open.length}: ${[...new Set(open.map((id) => statusOf(rows, id)))].join(', ')}`);
    }
    await sleep(500);
  }
}

const statusOf = (rows: Rows, id: string): string => rows.get(id)?.status ?? 'missing';

/** A person looks into the post office's books, and says of each `unknown` what became of it. */
export async function resolveUnknown(
  house: House,
  sent: readonly Sent[],
  rows: Rows,
  ledger: Ledger,
  ms: number,
): Promise<{ unknown: number; arrived: number; unresolved: string[] }> {
  const unknown = sent.filter((one) => [...one.ids].some((id) => statusOf(rows, id) === 'unknown'));
  const until = Date.now() + ms;
  const unresolved: string[] = [];
  for (const one of unknown) {
    const [id = ''] = one.ids;
    for (;;) {
      const as = ledger.has(one.number) ? 'sent' : 'not_sent';
      const response = await fetch(`${house.api}/v1/messages/${id}/resolution`, {
        method: 'POST',
        headers: { authorization: `Bearer ${house.reviewerKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ as }),
        signal: AbortSignal.timeout(12_000),
      }).catch(() => null);
      const text = (await response?.text().catch(() => '')) ?? '';
      if (response?.ok) break;
      if (Date.now() > until) {
        unresolved.push(`${id}: ${response?.status ?? 'no answer'} ${text}`);
        break;
      }
      // A claim that may still be at work must end first.
      await sleep(500);
    }
  }
  const arrived = unknown.filter((one) => ledger.has(one.number)).length;
  return { unknown: unknown.length, arrived, unresolved };
}

/** What is wrong with an email, and all that is known about it. */
export interface Finding {
  number: number;
  line: string;
}

export interface Tally {
  asked: number;
  accepted: number;
  byStatus: Record<string, number>;
  lost: Finding[];
  explainedDuplicates: Finding[];
  unexplainedDuplicates: Finding[];
}

export async function tally(house: House, sent: readonly Sent[], rows: Rows, ledger: Ledger): Promise<Tally> {
  const byStatus: Record<string, number> = {};
  const lost: Finding[] = [];
  const explainedDuplicates: Finding[] = [];
  const unexplainedDuplicates: Finding[] = [];
  for (const one of sent) {
    const { number } = one;
    const [id, ...others] = one.ids;
    const entry = ledger.get(number);
    const [wireId = ''] = entry?.ids ?? [];
    // Also of an email whose sender never heard an answer.
    const events = async (): Promise<string> =>
      (await house.store.trace('default', id ?? wireId)).map(({ type }) => type).join(' ');
    if (id !== undefined) {
      const status = statusOf(rows, id);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      const why = lossOf(one, status, entry?.times ?? 0);
      if (why !== null) lost.push({ number, line: `${id} (${number}): ${why}; ${await events()}` });
    }
    if (others.length > 0)
      unexplainedDuplicates.push({ number, line: `number ${number}: ids ${[...one.ids].join(', ')}` });
    if (entry === undefined || entry.times < 2) continue;
    const trace = await events();
    const isKnown = /\b(?:message\.unknown|duplicate_possible)\b/u.test(trace);
    const line = `${[...entry.ids].join(', ')}: ${entry.times} times; ${trace}`;
    (isKnown ? explainedDuplicates : unexplainedDuplicates).push({ number, line });
  }
  return {
    asked: sent.length,
    accepted: sent.filter((one) => one.ids.size > 0).length,
    ...{ byStatus, lost, explainedDuplicates, unexplainedDuplicates },
  };
}

/** Why an email that was answered with 2xx counts as lost; null where it does not. */
function lossOf(one: Sent, status: string, times: number): string | null {
  if (status === 'held' && one.approved) return 'approved, and held all the same';
  if (!SETTLED.has(status) && status !== 'held' && status !== 'scheduled') return status;
  if (ARRIVED.has(status) && times === 0) return `${status}, but nobody ever took it`;
  if (status === 'failed' && times > 0) return 'failed, but it was taken';
  if (one.reported && status !== one.report)
    return `its report “${one.report}” was taken, but it is ${status}`;
  return null;
}
