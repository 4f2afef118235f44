/**
 * @module Who goes first where many wait: by category, and within one category the mailboxes in turn. Pure; in the
 * form that Temporal takes, where 1 goes before 5. The fairness key is a mailbox's id: Temporal shows it to everybody.
 */
import type { Category } from '../email/request.js';

export interface Priority {
  priorityKey: number;
  fairnessKey?: string;
}

const KEYS: ReadonlyMap<unknown, number> = new Map<Category, number>([
  ['transactional', 1],
  ['conversational', 3],
  ['commercial', 5],
]);
const MIDDLE = 3;

/**
 * Also of a request that nobody has checked yet: what is no category goes in the middle, and what is no mailbox's id
 * (an address, above all) is left out.
 */
export const priorityOf = (category: unknown, mailbox: unknown): Priority => ({
  priorityKey: KEYS.get(category) ?? MIDDLE,
  ...(typeof mailbox === 'string' && /^mbx_[a-z0-9]{1,60}$/u.test(mailbox) && { fairnessKey: mailbox }),
});
