/** @module Held: a person decides, or the deadline does. Sandbox-safe. */
import type { Email } from './email.js';
import { step } from './proxies.js';

/** Returns when the email is held no more, or when something about it changed. */
export async function awaitDecision(email: Email): Promise<void> {
  if ((await email.changes()) === 'changed') return;
  const expired = await step('expire', { id: email.owner.id });
  if (expired.view) email.follow(expired.view);
}
