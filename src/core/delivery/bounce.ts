/**
 * @module What a bounce's status code says about the address: RFC 3463 enhanced codes, else RFC 5321
 * reply codes. Pure. A hard bounce suppresses, a soft one is tried again, a block is about us.
 */
import type { BounceClass } from '../email/state.js';
import type { RecipientReceipt } from './receipt.js';

/** Enhanced codes by prefix; the longest one that fits decides. */
const ENHANCED: readonly (readonly [string, BounceClass])[] = [
  ['4.', 'soft'],
  // The address: does not exist, moved, takes no mail at all (5.1.10, null MX of RFC 7505).
  ['5.1.', 'hard'],
  // The sender's address, which says nothing about the recipient's.
  ['5.1.7', 'block'],
  ['5.1.8', 'block'],
  // The mailbox: full (2.2), message too long for it (2.3); disabled (2.1) is as good as gone.
  ['5.2.', 'soft'],
  ['5.2.1', 'hard'],
  ['5.3.', 'soft'],
  ['5.4.', 'soft'],
  // No such domain.
  ['5.4.4', 'hard'],
  // Protocol, content and policy: ours to mend, so nobody is suppressed for it.
  ['5.5.', 'block'],
  ['5.6.', 'block'],
  ['5.7.', 'block'],
];

/** Reply codes where there is no enhanced one; 5xx that is not named is about us. */
const REPLIES: Readonly<Record<string, BounceClass>> = {
  '521': 'hard',
  '550': 'hard',
  '551': 'hard',
  '552': 'soft',
  '553': 'hard',
  '556': 'hard',
};

/** The class of a bounce; without a code, or with one that says nothing (5.0.0), it counts as hard. */
export function bounceClassOf(smtpStatus?: string): BounceClass {
  if (smtpStatus === undefined) return 'hard';
  if (/^\d{3}$/u.test(smtpStatus)) {
    if (smtpStatus.startsWith('4')) return 'soft';
    return REPLIES[smtpStatus] ?? (smtpStatus.startsWith('5') ? 'block' : 'hard');
  }
  return enhancedClass(smtpStatus) ?? 'hard';
}

const enhancedClass = (smtpStatus: string): BounceClass | undefined =>
  ENHANCED.filter(([code]) => (code.endsWith('.') ? smtpStatus.startsWith(code) : smtpStatus === code)).at(
    -1,
  )?.[1];

/**
 * True for a refusal that says of the address what a hard bounce would. Unlike a bounce, one without a class proves
 * nothing: a bare 550 to RCPT is as often about us, and what we refuse ourselves is only about how it is written.
 */
export const refusesAddress = ({
  outcome,
  reason,
  bounce,
  smtpStatus = '',
}: Omit<RecipientReceipt, 'index'>): boolean =>
  outcome === 'not_sent_permanent' &&
  reason === 'recipient' &&
  (bounce ?? enhancedClass(smtpStatus)) === 'hard';
