/**
 * @module The judgement of one revision at one moment, on the facts of that moment. Admission, edit and claim
 * all come here.
 */
import { canonical } from '../core/email/canonical.js';
import type { Mode } from '../core/email/id.js';
import { recipientsOf, type Revision } from '../core/email/revision.js';
import { evaluate } from '../core/policy/evaluate.js';
import type { Verdict } from '../core/policy/verdict.js';
import { usageAt } from './buckets.js';
import { findFacts, type Found } from './facts.js';
import type { MailboxRow } from './store.js';
import type { Work } from './work.js';

export interface Subject {
  org: string;
  mode: Mode;
  id: string;
  /** Mailbox id. */
  mailbox: string;
  revision: Revision;
}

export interface Circumstances {
  /** When it would go: the limits of that hour and day count. */
  goesAt: Date;
  /** Its caller was told that it is accepted. */
  admitted: boolean;
  /**
   * The number of a revision that people may have decided on, and the contact history as it stood when they
   * looked: an approval was given for the strangers that it displayed. Absent: nobody has looked.
   */
  looked?: { revision: number; contacted: number[] } | undefined;
  /** The recipients it is about, by index; absent: all. */
  only?: ReadonlySet<number> | undefined;
}

export interface Judged extends Pick<Found, 'mailbox' | 'counts' | 'places' | 'contacted' | 'standing'> {
  verdict: Verdict;
}

export async function judge(work: Work, subject: Subject, circumstances: Circumstances): Promise<Judged> {
  const { revision } = subject;
  const { goesAt, admitted, looked, only } = circumstances;
  const recipients = recipientsOf(revision);
  const { mailbox, counts, places, ...found } = await findFacts(work, {
    ...subject,
    recipients,
    from: goesAt,
  });
  const accepted = (looked && found.accepted.get(looked.revision)) ?? [];
  const contacted = looked && accepted.length > 0 ? looked.contacted : found.contacted;
  const verdict = evaluate(
    mailbox.policy,
    revision,
    {
      mailbox: { status: mailbox.status, address: mailbox.address, autonomy: mailbox.autonomy },
      usage: usageAt(counts, mailbox.policy.limits, goesAt),
      suppressions: found.suppressions.filter((one) => only?.has(one.index) ?? true),
      contacted,
      accepted,
      admitted,
      policyVersion: policyVersionOf(work, mailbox),
    },
    work.now,
  );
  return { verdict, mailbox, contacted, counts, places, standing: found.standing };
}

const policyVersionOf = ({ settings }: Work, { policy, autonomy }: MailboxRow): string =>
  settings.sha256(canonical({ policy, autonomy })).slice(0, 12);
