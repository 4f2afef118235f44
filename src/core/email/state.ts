/**
 * @module The states of a message and of each of its recipients, and every way from one to another.
 * Pure, and the only place that knows: the store applies these functions inside its transactions, the
 * workflow follows the stage they name, and docs/architecture.md shows the table below.
 *
 * A recipient starts `ready`. A claim, written before the wire, makes it `claimed`; the provider's
 * answer makes it `sent`, `failed`, `unknown`, or `ready` again; reports move it on from there, only
 * ever forward: sent < deferred < soft_bounced < delivered < bounced < complained.
 */

export const RECIPIENT_STATUSES = [
  'ready',
  'claimed',
  'sent',
  'deferred',
  'soft_bounced',
  'delivered',
  'bounced',
  'complained',
  'failed',
  'unknown',
] as const;
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

export const MESSAGE_STATUSES = [
  'queued',
  'held',
  'scheduled',
  'sending',
  'sent',
  'deferred',
  'delivered',
  'bounced',
  'complained',
  'failed',
  'unknown',
  'denied',
  'rejected',
  'expired',
  'canceled',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** What a provider answered for one recipient of one attempt. */
export const RECEIPT_OUTCOMES = ['accepted', 'not_sent_retry', 'not_sent_permanent', 'unknown'] as const;
export type ReceiptOutcome = (typeof RECEIPT_OUTCOMES)[number];

/**
 * What a provider says later. `sent`: it has taken the email, and nothing is known of anybody; it moves those of whom
 * that was not known, as opens and clicks do. Unsubscribes are recorded but move nothing.
 */
export const REPORT_TYPES = [
  'sent',
  'delivered',
  'deferred',
  'bounced',
  'complained',
  'opened',
  'clicked',
  'unsubscribed',
] as const;
export type ReportType = (typeof REPORT_TYPES)[number];
/** `hard`: the address is bad. `soft`: a final failure that may pass. `block`: about us, not the person. */
export type BounceClass = 'hard' | 'soft' | 'block';

/** What may happen to a recipient. */
export type RecipientEvent =
  | { on: 'claim' }
  /** Claimed once more at the same provider, under the key that it deduplicates by. */
  | { on: 'repeat' }
  /** Given to another provider, as the operator chose, although the first one may have sent it. */
  | { on: 'failover' }
  | { on: 'receipt'; outcome: ReceiptOutcome }
  | { on: 'lost' }
  | { on: 'resolve'; as: 'sent' | 'not_sent' | 'abandoned' }
  | { on: 'refuse' }
  | { on: 'report'; type: ReportType; bounce?: BounceClass; suppressed?: boolean };

/** Each state, and the state that each event leads to; what is not named leaves it as it is. */
export const TRANSITIONS: Readonly<Record<RecipientStatus, Readonly<Record<string, RecipientStatus>>>> = {
  // A receipt may come after somebody said "not sent": the truth wins.
  ready: { claim: 'claimed', refuse: 'failed', 'receipt:accepted': 'sent' },
  claimed: {
    'receipt:accepted': 'sent',
    'receipt:not_sent_retry': 'ready',
    'receipt:not_sent_permanent': 'failed',
    'receipt:unknown': 'unknown',
    lost: 'unknown',
  },
  unknown: {
    // A receipt that comes late settles it, but never back to `ready`: somebody may have decided meanwhile.
    'receipt:accepted': 'sent',
    'receipt:not_sent_permanent': 'failed',
    'resolve:sent': 'sent',
    'resolve:not_sent': 'ready',
    'resolve:abandoned': 'failed',
    repeat: 'claimed',
    failover: 'ready',
  },
  sent: {},
  deferred: {},
  soft_bounced: { claim: 'claimed', refuse: 'bounced' },
  delivered: {},
  bounced: {},
  complained: {},
  failed: {},
};

/** How strong a state is against a report: a report only ever moves a recipient to a higher rank. */
const REPORT_RANK: Readonly<Record<RecipientStatus, number>> = {
  ready: 0,
  claimed: 0,
  unknown: 0,
  failed: 0,
  sent: 1,
  deferred: 2,
  soft_bounced: 3,
  delivered: 4,
  bounced: 5,
  complained: 6,
};

/** The state after an event. Pure and total: an event that does not fit leaves the state alone. */
export function after(status: RecipientStatus, event: RecipientEvent): RecipientStatus {
  if (event.on === 'report') {
    const reported = reportedStatus(event);
    return reported !== null && REPORT_RANK[reported] > REPORT_RANK[status] ? reported : status;
  }
  const name =
    event.on === 'receipt'
      ? `receipt:${event.outcome}`
      : event.on === 'resolve'
        ? `resolve:${event.as}`
        : event.on;
  return TRANSITIONS[status][name] ?? status;
}

function reportedStatus(event: {
  type: ReportType;
  bounce?: BounceClass;
  suppressed?: boolean;
}): RecipientStatus | null {
  switch (event.type) {
    // By whoever it was, a machine too: what nobody has sent nobody opens. It is no delivery, because some look into an
    // email before they let it in.
    case 'opened':
    case 'clicked':
      return 'sent';
    case 'sent':
    case 'delivered':
    case 'deferred':
    case 'complained':
      return event.type;
    case 'bounced':
      return event.bounce === 'soft' && !event.suppressed ? 'soft_bounced' : 'bounced';
    default:
      return null;
  }
}

/** States of a message before anything was claimed, and those that end it without a send. */
const ENDED_UNSENT: ReadonlySet<MessageStatus> = new Set(['denied', 'rejected', 'expired', 'canceled']);

/** What may stand while every recipient is ready; anything else was left behind when they became ready again. */
const BEFORE_CLAIM: ReadonlySet<MessageStatus> = new Set(['queued', 'held', 'scheduled', 'sending']);

/** Proof that a provider took it. */
const SENT_TO: ReadonlySet<RecipientStatus> = new Set([
  'sent',
  'deferred',
  'soft_bounced',
  'delivered',
  'bounced',
  'complained',
]);

/** Worst first: the status of a message is the first of these that any recipient is in. */
const WORST_FIRST: readonly (readonly [MessageStatus, readonly RecipientStatus[]])[] = [
  ['sending', ['ready', 'claimed']],
  ['unknown', ['unknown']],
  ['complained', ['complained']],
  ['bounced', ['bounced']],
  ['failed', ['failed']],
  ['deferred', ['deferred', 'soft_bounced']],
  ['sent', ['sent']],
  ['delivered', ['delivered']],
];

/**
 * The status of a message. Until the first claim it is what was decided (`current`); from then on it
 * is a pure function of its recipients, so that no two writers can disagree about it.
 */
export function statusOf(current: MessageStatus, recipients: readonly RecipientStatus[]): MessageStatus {
  // Ended unsent, until a late answer shows that somebody was sent to all the same.
  if (ENDED_UNSENT.has(current) && !recipients.some((one) => SENT_TO.has(one))) return current;
  if (recipients.every((one) => one === 'ready')) return BEFORE_CLAIM.has(current) ? current : 'sending';
  const worst = WORST_FIRST.find(([, members]) => recipients.some((one) => members.includes(one)));
  return worst?.[0] ?? current;
}

/** What the workflow does next. */
export type Stage = 'held' | 'waiting' | 'ready' | 'feedback' | 'closed';

/**
 * The stage of a message: `waiting` where a time is set, `feedback` where only reports are awaited. `again`: some who
 * are `unknown` will be tried again.
 */
export function stageOf(
  status: MessageStatus,
  recipients: readonly RecipientStatus[],
  waits: boolean,
  closed: boolean,
  again = false,
): Stage {
  if (closed || ENDED_UNSENT.has(status)) return 'closed';
  if (status === 'held') return 'held';
  const isOpen = recipients.some((one) => one === 'ready' || one === 'soft_bounced');
  if (isOpen || again) return waits ? 'waiting' : 'ready';
  if (recipients.some((one) => AWAITING_REPORT.has(one))) return 'feedback';
  return 'closed';
}

/** Open states in which only a report, a person or the end of the window changes anything. */
const AWAITING_REPORT: ReadonlySet<RecipientStatus> = new Set(['claimed', 'unknown', 'sent', 'deferred']);

/** True while nothing has been claimed yet, so that the content may still be edited or rescheduled. */
export function isEditable(status: MessageStatus): boolean {
  return status === 'queued' || status === 'held' || status === 'scheduled';
}

/** True while it is certain that nobody was sent anything, so that a cancel keeps its word. */
export function isCancelable(status: MessageStatus, recipients: readonly RecipientStatus[]): boolean {
  return !ENDED_UNSENT.has(status) && recipients.every((one) => one === 'ready');
}
