/**
 * @module What policy may look at besides the revision, loaded in one transaction. What could not be loaded is never a
 * fact: the email waits. Recipients stand by their index. Pure.
 */
import type { Hosts } from '../email/deliverability.js';
import type { Category } from '../email/request.js';
import type { Recipient } from '../email/revision.js';
import type { Autonomy, Policy } from './schema.js';
import type { ConsentBasis, Jurisdiction } from './settings/consent.js';
import type { RateSubject, RateWindow } from './settings/limits.js';

export const LIMIT_WINDOWS = ['hourly', 'daily', 'monthly'] as const;
export type LimitWindow = (typeof LIMIT_WINDOWS)[number];

/** How full a limit is, without the message's own reservation. */
export interface Usage {
  used: number;
  /** When the next window that still has room opens (ISO 8601). */
  opensAt: string;
}

/** How full one of `limits.rates` is; of several recipient domains, that which is fullest. */
export interface RateUsage extends Usage {
  per: RateSubject;
  window: RateWindow;
  /** Recipients whom it is about, where it is per recipient domain. */
  recipients?: number[];
}

/**
 * What was sent to one recipient before, over all mailboxes of the org, without this message; at the door with what is
 * about to go.
 */
export interface RecipientUsage {
  index: number;
  /** Emails in the last 60 minutes, and when there is room for another (ISO 8601). */
  lastHour: number;
  opensAt: string;
  /** The latest within the cooldown of the policy (ISO 8601). */
  lastAt: string | null;
}

/** How long different recipients of a mailbox are counted, in milliseconds. */
export const DISTINCT_WINDOWS = { fiveMinutes: 300_000, day: 86_400_000, month: 30 * 86_400_000 } as const;

/** A suppression that hits a recipient. */
export interface SuppressionHit {
  /** Recipient index. */
  index: number;
  scope: 'org' | 'domain' | 'mailbox';
  reason: string;
}

/** The latest consent of a recipient that was not revoked. */
export interface Consent {
  index: number;
  basis: ConsentBasis;
  jurisdiction: Jurisdiction;
  /** ISO 8601. */
  grantedAt: string;
  /** As the law or whoever recorded it says; null: it does not end by itself. */
  expiresAt: string | null;
}

/** Another principal of the org who is in contact with a recipient. */
export interface ContactLease {
  index: number;
  /** Principal id. */
  holder: string;
  /** ISO 8601. */
  until: string;
}

export interface Facts {
  org: { status: 'active' | 'paused' };
  /** The key that it came with; null: it was started without a door. */
  key: { status: 'active' | 'paused'; categories: Category[] | null } | null;
  mailbox: { status: 'active' | 'paused'; address: string; autonomy: Autonomy };
  /** Why it is sent, in the caller's words. */
  reason: string | null;
  /** What DNS says of the domains of its recipients; those that nobody asked about are absent. */
  hosts: Hosts;
  usage: Record<LimitWindow, Usage>;
  /** One for each of `limits.rates`, in their order. */
  rates: RateUsage[];
  /** Emails of the sending domain on the day (UTC) on which it would go, where it warms up. */
  domainToday: Usage;
  recipients: RecipientUsage[];
  /** Different recipients of the mailbox in the time before, those of this message included. */
  distinct: Record<keyof typeof DISTINCT_WINDOWS, Usage>;
  /** Hard bounces and complaints of the mailbox in the last 24 hours. */
  negativeSignals: number;
  /** Of the mailbox: emails per day over the last 7 days, and in the last 60 minutes. */
  volume: { dailyAverage: number; lastHour: number };
  suppressions: SuppressionHit[];
  consents: Consent[];
  /** Indexes of recipients at whom an email of this org bounced for good before. */
  hardBounced: number[];
  /** Indexes of recipients that a message of this org has reached before. */
  contacted: number[];
  leases: ContactLease[];
  /** The first email with the same content to the same recipients within the window of the policy: its id. */
  duplicateOf: string | null;
  /** It was written after reading mail that nobody vouches for; the recipients who are part of that thread. */
  untrusted: { threadRecipients: number[] } | null;
  /** When it would go (ISO 8601). */
  goesAt: string;
  /** When a person approved this revision (ISO 8601). */
  approvedAt: string | null;
  /** Findings that a person has already accepted for this revision, as `reasonKey` writes them. */
  accepted: string[];
  /** True once the caller was told that it is accepted: a full limit then delays, never denies. */
  admitted: boolean;
  /** Which policy this is: a digest of it. */
  policyVersion: string;
}

/** Everything a rule may use. */
export interface Judgement<R> {
  policy: Policy;
  revision: R;
  /** Its envelope recipients. */
  everyone: readonly Recipient[];
  facts: Facts;
  now: Date;
}
