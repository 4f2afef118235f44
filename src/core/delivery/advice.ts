/**
 * @module What whoever sent an email is told to do about one recipient, in words: agents read them, and a model that
 * misreads a bounce writes to the same address again. Pure.
 */
import type { BounceClass, RecipientStatus } from '../email/state.js';

/** As much of a recipient as decides it; `suppressed` where nothing was tried. */
export interface Advised {
  status: RecipientStatus | 'suppressed';
  /** Of a bounce; without a class it counts as hard. */
  bounce?: BounceClass | null;
  /** The code for which it was refused: see RefusalReason. */
  reason?: string | null;
}

const NEVER_AGAIN = {
  bounced: 'Do not retry this address: it takes no mail.',
  complained: 'Do not retry this address: its owner reported the email as spam.',
  suppressed: 'Do not retry this address: it must not be written to; ask for a better one, or tell a person.',
} as const;
const BLOCKED =
  'The content or the sender was refused, not the address; tell a person, and do not send it again.';

const BOUNCED: Readonly<Record<BounceClass, string>> = {
  hard: NEVER_AGAIN.bounced,
  soft: 'Do not retry this address now: it failed for a reason that may pass, and all tries are used up.',
  block: BLOCKED,
};

/** Where one that failed did so for the address or for the content; anything else is for the sender to decide. */
const FAILED: Readonly<Record<string, string>> = {
  recipient: NEVER_AGAIN.bounced,
  content: BLOCKED,
  refused: BLOCKED,
  config: 'The provider is not set up to send this; tell a person, and do not send it again.',
};

/** One sentence; undefined where there is nothing to do or to leave. */
export function adviceOn({ status, bounce, reason }: Advised): string | undefined {
  switch (status) {
    case 'bounced':
      return BOUNCED[bounce ?? 'hard'];
    case 'complained':
    case 'suppressed':
      return NEVER_AGAIN[status];
    case 'soft_bounced':
    case 'deferred':
      return 'Wait; it is tried again. Do not send it again.';
    case 'unknown':
      return 'It is not known whether it was sent; do not send it again. A person will find out.';
    case 'failed':
      return Object.hasOwn(FAILED, reason ?? '') ? FAILED[reason ?? ''] : undefined;
    default:
      return undefined;
  }
}

/** Events of these types are about one recipient in this state. */
const STATES: Readonly<Record<string, Advised['status']>> = {
  'message.bounced': 'bounced',
  'message.complained': 'complained',
  'message.deferred': 'deferred',
  'message.failed': 'failed',
  'message.unknown': 'unknown',
  'suppression.created': 'suppressed',
};

const CLASSES: Readonly<Record<string, BounceClass>> = {
  hard_bounce: 'hard',
  soft_bounce: 'soft',
  block: 'block',
};

/** The same for an event, which says the class of a bounce in its `reason`. */
export function adviceOnEvent({ type, reason }: { type: string; reason: string | null }): string | undefined {
  const status = STATES[type];
  if (status === undefined) return undefined;
  // Whoever unsubscribed may still get what they asked for.
  if (status === 'suppressed' && reason === 'unsubscribe') return undefined;
  return adviceOn({ status, reason, bounce: CLASSES[reason ?? ''] ?? null });
}
