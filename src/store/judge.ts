/**
 * @module The judgement of one revision at one moment, on the facts of that moment. Admission, edit and claim
 * all come here.
 */
import type { Hosts } from '../core/email/deliverability.js';
import type { Mode } from '../core/email/id.js';
import type { Untrusted } from '../core/email/request.js';
import { recipientsOf, type Revision } from '../core/email/revision.js';
import { evaluate } from '../core/policy/evaluate.js';
import type { Facts } from '../core/policy/facts.js';
import { withoutOverseer } from '../core/policy/oversight.js';
import type { Policy } from '../core/policy/schema.js';
import type { Verdict } from '../core/policy/verdict.js';
import type { Email } from './email.js';
import { findFacts, type Found } from './facts/index.js';
import { fromJson } from './json.js';
import { keepDocument } from './policy-documents.js';
import { usageOf } from './usage.js';
import type { Work } from './work.js';

export interface Subject {
  org: string;
  mode: Mode;
  id: string;
  /** Mailbox id. */
  mailbox: string;
  /** Of the mailbox, as it was read before. */
  policy: Policy;
  principal: string;
  /** Key id. */
  key: string | null;
  /** Why it is sent, in the caller's words. */
  reason: string | null;
  /** As the request has it. */
  untrusted?: Untrusted | undefined;
  /** Where the policy asks whether the same was sent before: see same-content.ts. */
  contentHash?: string | null;
  revision: Revision;
}

/** All of it but what was written. */
export function subjectOf({ message, mailbox }: Email): Omit<Subject, 'revision'> {
  const { id, org, mode, principal, key } = message;
  const { reason = null, untrusted } = fromJson<{ reason?: string; untrusted?: Untrusted }>(message.notes);
  const { policy } = mailbox;
  return { id, org, mode, mailbox: message.mailbox, policy, principal, key, reason, untrusted };
}

export interface Circumstances {
  /** When it would go: the limits of that hour and day count. */
  goesAt: Date;
  /** Its caller was told that it is accepted. */
  admitted: boolean;
  /** What DNS said of the recipients' domains a moment ago; absent: nobody asked. */
  hosts?: Hosts | undefined;
  /**
   * The number of a revision that people may have decided on, and the contact history as it stood when they
   * looked: an approval was given for the strangers that it displayed. Absent: nobody has looked.
   */
  looked?: { revision: number; contacted: number[] } | undefined;
  /** The recipients it is about, by index; absent: all. */
  only?: ReadonlySet<number> | undefined;
  /** Nothing goes: judged by this policy in the place of the mailbox's, and on what is known of another time. */
  rehearsal?: { policy: Policy; facts?: Partial<Facts> } | undefined;
}

export interface Judged extends Pick<Found, 'mailbox' | 'room' | 'places' | 'contacted' | 'standing'> {
  verdict: Verdict;
}

export async function judge(work: Work, subject: Subject, circumstances: Circumstances): Promise<Judged> {
  const found = await factsFor(work, subject, circumstances);
  const { mailbox, room, places, standing } = found;
  const { looked } = circumstances;
  const accepted = (looked && found.approvals.accepted.get(looked.revision)) ?? [];
  const contacted = looked && accepted.length > 0 ? looked.contacted : found.contacted;
  const facts = factsOf(work, subject, circumstances, { ...found, contacted, accepted });
  const known = { ...facts, ...circumstances.rehearsal?.facts };
  const verdict = evaluate(mailbox.policy, subject.revision, known, work.now);
  return { verdict, mailbox, contacted, room, places, standing };
}

/** What the policy that was read before does not ask for is not looked for; where it has changed, look again. */
async function factsFor(
  work: Work,
  subject: Subject,
  { goesAt: from, admitted, rehearsal }: Circumstances,
): Promise<Found> {
  const { revision, policy } = subject;
  const { category, from: sender } = revision;
  const { blind } = work.settings;
  const wanted = {
    ...{ ...subject, category, sender: sender.address, admitted, from, blind },
    ...{ everybody: recipientsOf(revision), now: work.now },
  };
  const find = (policy: Policy): Promise<Found> =>
    findFacts(work, { ...wanted, policy, recipients: recipientsOf(withoutOverseer(revision, policy)) });
  if (rehearsal !== undefined) {
    const found = await find(rehearsal.policy);
    return { ...found, mailbox: { ...found.mailbox, policy: rehearsal.policy } };
  }
  const found = await find(policy);
  if (found.mailbox.policy === policy) return found;
  return await find(found.mailbox.policy);
}

function factsOf(
  work: Work,
  { reason, untrusted, revision }: Subject,
  { goesAt, admitted, hosts = {}, looked, only }: Circumstances,
  { mailbox, room, ...found }: Found & { accepted: string[] },
): Facts {
  const isMeant = ({ index }: { index: number }): boolean => only?.has(index) ?? true;
  return {
    ...{ org: found.orgStatus, key: found.keyStatus, reason, hosts, admitted },
    mailbox: { status: mailbox.status, address: mailbox.address, autonomy: mailbox.autonomy },
    ...usageOf(mailbox.policy, room, goesAt),
    recipients: found.recipientUsage.filter(isMeant),
    ...{ distinct: found.distinct, negativeSignals: found.negativeSignals, volume: found.volume },
    suppressions: found.suppressions.filter(isMeant),
    // Of everybody: the rule asks who has none.
    consents: found.consents,
    hardBounced: found.hardBounced.filter((index) => isMeant({ index })),
    contacted: found.contacted,
    ...{ leases: found.leases.filter(isMeant), duplicateOf: found.duplicateOf },
    untrusted: untrusted ? { threadRecipients: partOf(untrusted, revision) } : null,
    goesAt: goesAt.toISOString(),
    approvedAt: (looked && found.approvals.at.get(looked.revision)) ?? null,
    accepted: found.accepted,
    policyVersion: keepDocument(work, { org: mailbox.org, mailbox: mailbox.id }, mailbox),
  };
}

/** The recipients who are part of the thread, by index. */
function partOf({ thread }: Untrusted, revision: Revision): number[] {
  const those = new Set(thread.map((one) => one.address.toLowerCase()));
  return recipientsOf(revision)
    .filter((one) => those.has(one.address.toLowerCase()))
    .map((one) => one.index);
}
