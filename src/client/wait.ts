/** @module Waiting for an email: the server answers when it is so far, so that nobody has to poll. */
import type { MessageStatus } from '../core/email/state.js';
import { hasReached, type Until } from '../core/email/until.js';
import type { Input } from './call.js';
import { sleep } from './retry.js';

export interface WaitInput {
  id: string;
  /** `admitted`: judged by policy. `sent` (default): with a provider, or ended. `final`: nothing more is awaited. */
  until?: Until;
  /** Milliseconds in all, after which the answer is the email as it then is. Default 120 000. */
  timeout?: number;
}

interface Message {
  status: MessageStatus;
  /** Too many wait already, so this one was answered at once. */
  retryAfter?: number;
}

/** Seconds for which one request waits: below the patience of the proxies that there may be. */
const ROUND = 50;
/** Milliseconds before a server that answered too early is asked again. */
const PAUSE = 1_000;

/** The email as soon as it is so far, or as it is when the time is up: its status tells. */
export async function wait(
  get: (input: Input) => Promise<unknown>,
  { id, until = 'sent', timeout = 120_000 }: WaitInput,
  signal?: AbortSignal,
): Promise<Message> {
  const end = performance.now() + timeout;
  for (let answers = 0; ;) {
    const started = performance.now();
    const seconds = Math.max(0, Math.min(ROUND, Math.ceil((end - started) / 1000)));
    const message = (await get({ id, until, wait: seconds })) as Message;
    const now = performance.now();
    const early = started + seconds * 1000 - now;
    // Only the server knows whether nothing more is awaited; a status alone may still change.
    const isSoFar = hasReached(message.status, until) && (until !== 'final' || early > 0);
    if (isSoFar || now >= end) return message;
    // It says so by answering early: once may be a server that stops, twice is its word.
    answers = early > 0 && message.retryAfter === undefined ? answers + 1 : 0;
    if (answers === 2) return message;
    if (early > 0) await sleep(Math.min(PAUSE, early, end - now), signal);
  }
}
