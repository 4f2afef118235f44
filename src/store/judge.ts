/**
 * @module The judgement of one revision at one moment: loads the facts, each by one query, and evaluates.
 * Admission, edit and claim all come here.
 */
import { addressKey, domainOf } from '../core/email/address.js';
import { canonical } from '../core/email/canonical.js';
import type { Mode } from '../core/email/id.js';
import { recipientsOf, type Recipient, type Revision } from '../core/email/revision.js';
import { evaluate } from '../core/policy/evaluate.js';
import type { SuppressionHit } from '../core/policy/facts.js';
import type { Verdict } from '../core/policy/verdict.js';
import { usageAt, type Counts } from './buckets.js';
import { countsFrom } from './quotas.js';
import type { MailboxRow } from './store.js';
import type { Work } from './work.js';

export interface Subject {
  org: string;
  mode: Mode;
  id: string;
  mailbox: MailboxRow;
  revision: Revision;
}

export interface Circumstances {
  /** When it would go: the limits of that hour and day count. */
  goesAt: Date;
  /** Its caller was told that it is accepted. */
  admitted: boolean;
  /** Findings that a person has accepted for this revision. */
  accepted: string[];
  /** Contact history as it stood when that person looked; absent: as it is now. */
  contacted?: number[] | undefined;
  /** The recipients it is about, by index; absent: all. */
  only?: ReadonlySet<number> | undefined;
}

export interface Judged {
  verdict: Verdict;
  contacted: number[];
  counts: Counts;
}

export async function judge(work: Work, subject: Subject, circumstances: Circumstances): Promise<Judged> {
  const { mailbox, revision } = subject;
  const { goesAt, admitted, accepted, only } = circumstances;
  const recipients = recipientsOf(revision);
  const counts = await countsFrom(work, { ...subject, mailbox: mailbox.id }, goesAt);
  const concerned = only === undefined ? recipients : recipients.filter((one) => only.has(one.index));
  const suppressions = await suppressionsOf(work, subject, concerned);
  const contacted = circumstances.contacted ?? (await contactedOf(work, subject, recipients));
  const verdict = evaluate(
    mailbox.policy,
    revision,
    {
      mailbox: { status: mailbox.status, address: mailbox.address, autonomy: mailbox.autonomy },
      usage: usageAt(counts, mailbox.policy.limits, goesAt),
      suppressions,
      contacted,
      accepted,
      admitted,
      policyVersion: policyVersionOf(work, mailbox),
    },
    work.now,
  );
  return { verdict, contacted, counts };
}

const policyVersionOf = ({ settings }: Work, { policy, autonomy }: MailboxRow): string =>
  settings.sha256(canonical({ policy, autonomy })).slice(0, 12);

async function suppressionsOf(
  { trx, now }: Work,
  { org, mode, mailbox }: Subject,
  recipients: readonly Recipient[],
): Promise<SuppressionHit[]> {
  if (recipients.length === 0) return [];
  const names = recipients.map(({ index, address }) => ({
    index,
    key: addressKey(address),
    domain: domainOf(address.toLowerCase()),
  }));
  const rows = await trx
    .selectFrom('suppressions')
    .select(['address_key', 'scope', 'mailbox', 'reason'])
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .where('address_key', 'in', [...new Set(names.flatMap((one) => [one.key, one.domain]))])
    .orderBy('created_at')
    .execute();
  const hits = rows.filter((row) => row.scope !== 'mailbox' || row.mailbox === mailbox.id);
  return names.flatMap(({ index, key, domain }) =>
    hits
      .filter((hit) => hit.address_key === (hit.scope === 'domain' ? domain : key))
      .map(({ scope, reason }) => ({ index, scope, reason })),
  );
}

/** Who was reached before by another message of this org, live and test apart. */
async function contactedOf(
  { trx }: Work,
  { org, mode, id }: Subject,
  recipients: readonly Recipient[],
): Promise<number[]> {
  if (recipients.length === 0) return [];
  const rows = await trx
    .selectFrom('recipients')
    .select('address_key')
    .distinct()
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where(
      'address_key',
      'in',
      recipients.map((one) => addressKey(one.address)),
    )
    .where('delivered_at', 'is not', null)
    .where('message', '!=', id)
    .execute();
  const reached = new Set(rows.map((row) => row.address_key));
  return recipients.filter((one) => reached.has(addressKey(one.address))).map((one) => one.index);
}
