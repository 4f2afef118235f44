/**
 * @module A time is set: sendAt, undo, a rate window, a retry round, a soft bounce. Sandbox-safe.
 */
import { deliver } from './delivery.js';
import type { Email } from './email.js';

/** Waits for the time and then delivers; the claim, not this timer, says whether it may really go. */
export async function awaitTime(email: Email): Promise<void> {
  if ((await email.changes()) === 'changed') return;
  await deliver(email);
}
