/** @module Whatever providers report, in any order and however often: what stands in the store is what a model says. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import type { MailboxRow, Store } from '../../src/store/store.js';
import { verifies } from '../support/requirements.js';
import {
  admission,
  content,
  makeMailbox,
  send,
  testSettings,
  testStore,
  type TestStore,
} from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const PEOPLE = ['ann@reader.example', 'bob@reader.example', 'cyd@reader.example'];

type Kind = 'hard' | 'soft' | 'block' | 'plain' | 'not_spam' | Exclude<ProviderReport['type'], 'bounced'>;
const KINDS: readonly Kind[] = [
  ...(['hard', 'soft', 'soft', 'block', 'plain', 'delivered', 'delivered', 'deferred'] as const),
  ...(['complained', 'not_spam', 'opened', 'clicked', 'unsubscribed'] as const),
];

/** What is reported, of which email, to whom. */
interface Told {
  /** Two of the same are copies. */
  id: number;
  email: number;
  person: number;
  kind: Kind;
}

interface Script {
  /** Of each email: who gets it, and whether its workflow is over. */
  emails: { to: number[]; closed: boolean }[];
  told: Told[];
  /** How many of them come in one webhook, over and over. */
  batches: number[];
  maxRetries: number;
  suppressAfter: number;
}

const reports = fc.array(
  fc.record({ email: fc.nat(3), person: fc.nat(2), kind: fc.constantFrom(...KINDS) }),
  { minLength: 1, maxLength: 16 },
);

const scripts: fc.Arbitrary<Script> = fc
  .record({
    emails: fc.array(fc.record({ to: fc.subarray([0, 1, 2], { minLength: 1 }), closed: fc.boolean() }), {
      ...{ minLength: 2, maxLength: 4 },
    }),
    reports,
    // Which of them comes next: any of them never, once, or again and again.
    order: fc.array(fc.nat(15), { minLength: 1, maxLength: 25 }),
    batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    maxRetries: fc.nat(1),
    suppressAfter: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ reports: all, order, ...rest }) => ({
    ...rest,
    told: order.flatMap((next): Told[] => {
      const report = all[next % all.length];
      return report === undefined ? [] : [{ ...report, id: next % all.length }];
    }),
  }));

/** What is compared, of the store and of the model. */
interface Outcome {
  /** By email and person. */
  statuses: Record<string, string>;
  /** Who is suppressed: `stopped`, or for having unsubscribed. */
  suppressions: string[];
  complaints: string[];
  blocks: number;
  /** Final soft bounces in a row. */
  finals: Record<string, number>;
}

const RANK = ['sent', 'deferred', 'soft_bounced', 'delivered', 'bounced', 'complained'];

/** The promise, written down once more and without a store. */
function model({ emails, told, maxRetries, suppressAfter }: Script): Outcome {
  const statuses: Record<string, string> = {};
  for (const [i, { to }] of emails.entries()) for (const person of to) statuses[`${i} ${person}`] = 'sent';
  const softs: Record<string, number> = {};
  const finals: Record<string, number> = {};
  const stopped = new Set<string>();
  const complaints = new Set<string>();
  const seen = new Set<number>();
  let blocks = 0;
  const raise = (who: string, to: string): void => {
    if (RANK.indexOf(to) > RANK.indexOf(statuses[who] ?? '')) statuses[who] = to;
  };
  for (const { id, email, person, kind } of told) {
    const who = `${email} ${person}`;
    // One about somebody who is not there says nothing.
    const isNew = !seen.has(id);
    seen.add(id);
    if (!isNew || statuses[who] === undefined) continue;
    if (kind === 'delivered') finals[person] = 0;
    if (kind === 'delivered' || kind === 'deferred') raise(who, kind);
    if (kind === 'unsubscribed') stopped.add(`${person} unsubscribed`);
    if (kind === 'complained') {
      raise(who, kind);
      complaints.add(who);
      stopped.add(`${person} stopped`);
    }
    if (kind === 'hard' || kind === 'plain') stopped.add(`${person} stopped`);
    if (kind === 'hard' || kind === 'plain' || kind === 'block') raise(who, 'bounced');
    if (kind === 'block') blocks += 1;
    if (kind !== 'soft' || !['sent', 'deferred'].includes(statuses[who] ?? '')) continue;
    softs[who] = (softs[who] ?? 0) + 1;
    const isFinal = emails[email]?.closed === true || softs[who] > maxRetries;
    raise(who, isFinal ? 'bounced' : 'soft_bounced');
    if (!isFinal) continue;
    finals[person] = (finals[person] ?? 0) + 1;
    if (finals[person] < suppressAfter) continue;
    finals[person] = 0;
    stopped.add(`${person} stopped`);
  }
  const counted = Object.entries(finals).filter(([, count]) => count > 0);
  return {
    ...{ statuses, blocks, finals: Object.fromEntries(counted) },
    ...{ suppressions: [...stopped].sort(), complaints: [...complaints].sort() },
  };
}

function reportOf({ kind }: Told): Pick<ProviderReport, 'type' | 'bounce' | 'notSpam'> {
  if (kind === 'hard' || kind === 'soft' || kind === 'block') return { type: 'bounced', bounce: kind };
  if (kind === 'plain') return { type: 'bounced' };
  return kind === 'not_spam' ? { type: 'complained', notSpam: true } : { type: kind };
}

/** The same over the real store. */
async function play(store: Store, mailbox: MailboxRow, script: Script): Promise<string[]> {
  const ids: string[] = [];
  for (const { to, closed } of script.emails) {
    const wanted = admission(mailbox, { content: content({ to: to.map((one) => PEOPLE[one] ?? '') }) });
    await store.admit(wanted);
    await send(store, wanted);
    if (closed) await store.close(wanted.id);
    ids.push(wanted.id);
  }
  const left = [...script.told];
  for (let round = 0; left.length > 0; round++) {
    const size = script.batches[round % script.batches.length] ?? 1;
    const webhook = left.splice(0, size).map((one): ProviderReport => ({
      ...{ reportId: `${mailbox.id} ${one.id}`, message: ids[one.email] ?? 'msg_nobody' },
      ...{ recipient: PEOPLE[one.person] ?? '', ...reportOf(one) },
    }));
    await store.applyReports('smtp', webhook);
  }
  return ids;
}

async function outcomeOf(store: Store, { org }: MailboxRow, ids: readonly string[]): Promise<Outcome> {
  const scope = { org, mode: 'live' as const, mailboxes: null, limit: 200 };
  const personOf = (address: string | null): number => PEOPLE.indexOf(address ?? '');
  const statuses: Record<string, string> = {};
  for (const [i, id] of ids.entries())
    for (const { address, status } of (await store.message(org, id))?.recipients ?? [])
      statuses[`${i} ${personOf(address)}`] = status;
  const { items: suppressions } = await store.suppressions(scope);
  const { items: investigations } = await store.investigations(scope);
  const rows = await shared.db.selectFrom('soft_bounces').selectAll().where('org', '=', org).execute();
  const [block] = investigations.filter((one) => one.kind === 'block');
  return {
    statuses,
    suppressions: suppressions
      .map((one) => `${personOf(one.address)} ${one.reason === 'unsubscribe' ? 'unsubscribed' : 'stopped'}`)
      .sort(),
    complaints: investigations
      .filter((one) => one.kind === 'complaint')
      .map((one) => `${ids.indexOf(one.message)} ${personOf(one.recipient)}`)
      .sort(),
    blocks: block?.reports ?? 0,
    finals: Object.fromEntries(
      rows.filter((row) => row.finals > 0).map((row) => [personOf(row.address_key), row.finals]),
    ),
  };
}

verifies(
  'suppress:always',
  'for any reports in any order, repeated and bundled at will, the store says what the model says',
  async () => {
    const { bounceHandling } = testSettings(shared.clock);
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { maxRetries, suppressAfter } = script;
        const softBounces = { ...bounceHandling.softBounces, maxRetries, suppressAfter };
        const store = shared.with({ bounceHandling: { ...bounceHandling, softBounces } });
        const mailbox = await makeMailbox(store);
        const ids = await play(store, mailbox, script);
        const outcome = await outcomeOf(store, mailbox, ids);
        expect(outcome).toEqual(model(script));
        // In words of its own, because this is the promise.
        const fresh = script.told.filter((one, i, all) => all.findIndex(({ id }) => id === one.id) === i);
        for (const { email, person, kind } of fresh)
          if (kind === 'hard' && script.emails[email]?.to.includes(person))
            expect(outcome.suppressions).toContain(`${person} stopped`);
      }),
      { numRuns: 120, interruptAfterTimeLimit: 25_000 },
    );
  },
  90_000,
);
