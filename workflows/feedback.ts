/** @module Sent, or unknown: reports come in until all is final, or the window ends. Sandbox-safe. */
import type { Email } from './email.js';
import { step } from './proxies.js';

export async function awaitFeedback(email: Email): Promise<void> {
  if (await email.changes()) return;
  email.follow(await step('close', { id: email.owner.id }));
}
