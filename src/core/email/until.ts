/** @module Until when a caller waits for an email: the words, and whether a status has come that far. Pure. */
import type { MessageStatus } from './state.js';

export const UNTILS = ['admitted', 'sent', 'final'] as const;
/** `admitted`: judged by policy. `sent`: with a provider, or ended. `final`: nothing more is awaited. */
export type Until = (typeof UNTILS)[number];

const UNSENT: ReadonlySet<MessageStatus> = new Set(['queued', 'held', 'scheduled', 'sending']);
/** A report may still come, or a person has to say what became of it. */
const OPEN: ReadonlySet<MessageStatus> = new Set([...UNSENT, 'sent', 'deferred', 'unknown']);

export function hasReached(status: MessageStatus, until: Until): boolean {
  if (until === 'admitted') return status !== 'queued';
  return !(until === 'sent' ? UNSENT : OPEN).has(status);
}
