/** @module Sent, or unknown: reports come in until all is final, or the window ends. Sandbox-safe. */
import type { Email } from './email.js';
import { step } from './proxies.js';

/** Milliseconds until the first look for a report whose wake-up was lost; each later one waits four times as long. */
const FIRST_LOOK = 15 * 60_000;

export async function awaitFeedback(email: Email): Promise<void> {
  const { id } = email.owner;
  for (let patience = FIRST_LOOK; ; patience *= 4) {
    const waited = await email.changes(patience);
    if (waited === 'changed') return;
    if (waited === 'due') break;
    const { version } = email.view;
    email.follow(await step('look', { id }));
    if (email.view.version !== version) return;
  }
  email.follow(await step('close', { id }));
}
