/**
 * @module A call that waits until an email is so far. The log wakes it; a look every few seconds is for where nothing
 * is published, and for ids that only Temporal knows yet.
 */
import { hasReached, type Until } from '../core/email/until.js';
import type { ServiceDeps } from './deps.js';
import type { AdmittedMessage, PendingMessage } from './schemas/message.js';

type Message = AdmittedMessage | PendingMessage;

export interface Patience {
  /** Seconds. */
  wait: number;
  until: Until;
  /** Who waits: so many of each name, and no more. */
  of: string;
  /** The caller went away. */
  signal?: AbortSignal | undefined;
}

/** Milliseconds between looks that nobody asked for. */
const FALLBACK = 5_000;
const NOT_ADMITTED = 1_500;
/** Seconds after which somebody for whom there was no room may ask again. */
const ROOM_AFTER = 2;

/**
 * Reads until it is so far or the time is up, and answers what it read last. Where too many wait already it answers
 * at once, and says when to ask again.
 */
export async function readUntil<M extends Message>(
  deps: ServiceDeps,
  id: string,
  { wait, until, of, signal }: Patience,
  read: () => Promise<M>,
): Promise<M> {
  const look = async (): Promise<{ found: M; isSoFar: boolean }> => {
    // Asked before it is read: what is read is as new as what was found of it.
    const isClosed = until === 'final' && (await deps.store.view(id))?.stage === 'closed';
    const found = await read();
    return { found, isSoFar: isClosed || hasCome(found, until) };
  };
  const first = wait === 0 ? { found: await read(), isSoFar: true } : await look();
  if (first.isSoFar) return first.found;
  const leave = takePlace(deps, of);
  if (leave === null) return { ...first.found, retryAfter: ROOM_AFTER };
  const time = AbortSignal.timeout(wait * 1_000);
  const over = signal === undefined ? time : AbortSignal.any([time, signal]);
  try {
    const listener = await deps.live.tail.listen({ message: id });
    try {
      for (;;) {
        const { found, isSoFar } = await look();
        if (isSoFar || over.aborted || deps.live.tail.isClosed()) return found;
        await listener.news(isAdmitted(found) ? FALLBACK : NOT_ADMITTED, over);
      }
    } finally {
      listener.close();
    }
  } finally {
    leave();
  }
}

function takePlace({ live }: ServiceDeps, of: string): (() => void) | null {
  const own = live.waitersOf.take(of);
  const shared = own && live.waiters.take('');
  if (own && !shared) own();
  return (
    shared &&
    (() => {
      own();
      shared();
    })
  );
}

const isAdmitted = (message: Message): message is AdmittedMessage => 'digest' in message;

/** As far as the message itself tells: whether nothing more is awaited only the store knows. */
function hasCome(message: Message, until: Until): boolean {
  // It ended before it could be admitted.
  if (!isAdmitted(message)) return message.recipients !== undefined;
  return until === 'admitted' || (until === 'sent' && hasReached(message.status, until));
}
