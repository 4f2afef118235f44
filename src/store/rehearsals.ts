/**
 * @module Judgements of which nothing comes. They run what admission runs, on a snapshot that the database lets nobody
 * write to, so that they can neither drift from it nor leave a trace.
 */
import { setImmediate } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Untrusted } from '../core/email/request.js';
import { recipientsOf, type Revision } from '../core/email/revision.js';
import { ERASED } from '../core/email/tombstone.js';
import type { Facts, LimitWindow } from '../core/policy/facts.js';
import { LIMIT_WINDOWS } from '../core/policy/facts.js';
import type { Policy } from '../core/policy/schema.js';
import type { Verdict } from '../core/policy/verdict.js';
import { Problem } from '../errors.js';
import { goesAtOf, planOf } from './admit.js';
import { anyOf } from './any-of.js';
import { judge, type Subject } from './judge.js';
import { fromJson, iso } from './json.js';
import { findMailbox } from './mailboxes.js';
import { placementOf } from './placement.js';
import type {
  RehearsalStore,
  RehearsedEmail,
  Replay,
  Replayed,
  Simulated,
  Simulation,
} from './port/rehearsals.js';
import { judgeNew, revisionOf } from './revisions.js';
import { contentHashOf } from './same-content.js';
import type { StoreSettings } from './settings.js';
import type { MailboxRow } from './store.js';
import type { Rows, Tables } from './tables.js';
import { snapshot, type Work } from './work.js';

/** No workflow can have it, so that no row is taken for the email's own. */
const NO_MESSAGE = '';

export function rehearsals(db: Kysely<Tables>, settings: StoreSettings): RehearsalStore {
  return {
    simulate: (simulation) =>
      snapshot(db, async (trx) => {
        const work = without(trx, settings, settings.clock());
        const mailbox = await findMailbox(trx, simulation.org, simulation.mailbox);
        if (mailbox === null) throw new Problem('mailbox_unknown', { detail: 'There is no such mailbox.' });
        const results: Simulated[] = [];
        for (const email of simulation.emails) {
          results.push(await simulated(work, simulation, mailbox, email));
          await othersFirst();
        }
        return results;
      }),
    replay: (wanted) =>
      snapshot(db, async (trx) => {
        const results: Replayed[] = [];
        for (const { message, revision, mailbox } of await pastMessages(trx, wanted)) {
          results.push(
            await replayed(without(trx, settings, message.created_at), message, revision, {
              live: mailbox.policy,
              candidate: wanted.candidate(mailbox.policy),
            }),
          );
          await othersFirst();
        }
        return results;
      }),
  };
}

/** Hundreds of judgements in a row would keep all other emails of the process waiting. */
const othersFirst = (): Promise<void> => setImmediate();

/** What a judgement would leave is not left. */
const without = (trx: Transaction<Tables>, settings: StoreSettings, now: Date): Work => ({
  ...{ trx, settings, now },
  note: () => undefined,
  later: () => undefined,
  afterwards: () => undefined,
  flush: () => Promise.resolve(),
});

async function simulated(
  work: Work,
  { org, mode, principal, key, policy: candidate }: Simulation,
  mailbox: MailboxRow,
  email: RehearsedEmail,
): Promise<Simulated> {
  const policy = candidate ?? mailbox.policy;
  const plan = planOf(email, { ...mailbox, policy }, work.now);
  const goesAt = goesAtOf(plan);
  const revision = revisionOf({ id: NO_MESSAGE, number: 1, mailbox, ...email, attachments: [] });
  const subject: Subject = {
    ...{ id: NO_MESSAGE, org, mode, mailbox: mailbox.id, policy, principal, key },
    reason: email.reason ?? null,
    untrusted: email.untrusted,
    revision: { ...revision, attachments: email.attachments },
  };
  subject.contentHash = contentHashOf(work, subject);
  const judged = await judgeNew(work, subject, { goesAt, admitted: false, rehearsal: { policy } });
  const { status, wait } = placementOf(judged.verdict, judged.room, plan);
  const goes = status === 'queued' ? goesAt : status === 'scheduled' ? (wait?.until ?? goesAt) : null;
  return {
    ...{ verdict: judged.verdict, status, wouldGoAt: goes && iso(goes) },
    recipients: recipientsOf(judged.revision),
  };
}

interface Past {
  message: Rows['messages'];
  revision: Revision;
  mailbox: MailboxRow;
}

async function pastMessages(
  trx: Transaction<Tables>,
  { org, mode, mailboxes, since, after, limit }: Replay,
): Promise<Past[]> {
  const before =
    after === undefined
      ? undefined
      : await trx
          .selectFrom('messages')
          .select(['created_at', 'id'])
          .where('org', '=', org)
          .where('id', '=', after)
          .executeTakeFirst();
  const rows = await trx
    .selectFrom('messages')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.org', '=', 'messages.org')
        .onRef('revisions.message', '=', 'messages.id')
        .onRef('revisions.revision', '=', 'messages.revision'),
    )
    .selectAll('messages')
    .select('revisions.content')
    .where('messages.org', '=', org)
    .where('messages.mode', '=', mode)
    // Of a person who was erased nothing is left to judge; left out here, so that a page is short only at the end.
    .where((eb) => eb.or([eb('messages.subject', '<>', ERASED), eb('messages.content_hash', 'is not', null)]))
    .$if(mailboxes !== null, (query) => query.where('messages.mailbox', 'in', anyOf(mailboxes)))
    .$if(since !== undefined, (query) => query.where('messages.created_at', '>=', new Date(since ?? 0)))
    .$if(before !== undefined, (query) =>
      query.where((eb) =>
        eb(
          eb.refTuple('messages.created_at', 'messages.id'),
          '<',
          eb.tuple(before?.created_at ?? new Date(0), before?.id ?? ''),
        ),
      ),
    )
    .orderBy('messages.created_at', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(limit)
    .execute();
  const known = new Map<string, MailboxRow>();
  const past: Past[] = [];
  for (const { content, ...message } of rows) {
    const mailbox = known.get(message.mailbox) ?? (await findMailbox(trx, org, message.mailbox));
    if (mailbox === null) continue;
    known.set(message.mailbox, mailbox);
    past.push({ message, revision: fromJson<Revision>(content), mailbox });
  }
  return past;
}

/** By both policies, on the same facts: of its own time, as far as they are kept. */
async function replayed(
  work: Work,
  message: Rows['messages'],
  revision: Revision,
  policies: { live: Policy; candidate: Policy },
): Promise<Replayed> {
  const { id, org, mode, mailbox, principal, key, created_at, send_at } = message;
  const { reason = null, untrusted } = fromJson<{ reason?: string; untrusted?: Untrusted }>(message.notes);
  const then = fromJson<Verdict>(message.verdict);
  const goesAt = send_at !== null && send_at > created_at ? send_at : created_at;
  const byPolicy = async (policy: Policy): Promise<Verdict> => {
    const subject = { id, org, mode, mailbox, policy, principal, key, reason, untrusted, revision };
    const facts = factsOfThen(message, then);
    return (await judge(work, subject, { goesAt, admitted: false, rehearsal: { policy, facts } })).verdict;
  };
  return {
    ...{ id, mailbox, createdAt: iso(created_at), then: then.outcome },
    live: await byPolicy(policies.live),
    candidate: await byPolicy(policies.candidate),
  };
}

/** Whom it was the first email to, and how full the limits of its mailbox were: the verdict kept the numbers. */
function factsOfThen(message: Rows['messages'], verdict: Verdict): Partial<Facts> {
  const contacted = fromJson<number[]>(message.contacted);
  const usage = LIMIT_WINDOWS.flatMap((window): [LimitWindow, Facts['usage'][LimitWindow]][] => {
    const check = verdict.checks.find((one) => one.rule === `rate_limit_${window}`);
    const used = check?.evidence?.['current'];
    return typeof used === 'number'
      ? [[window, { used, opensAt: check?.until ?? iso(message.created_at) }]]
      : [];
  });
  return usage.length === LIMIT_WINDOWS.length
    ? { contacted, usage: Object.fromEntries(usage) as Facts['usage'] }
    : { contacted };
}
