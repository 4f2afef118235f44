/**
 * @module Whether Temporal can be reached at all, asked before a call goes out. The SDK repeats a refused
 * call behind our back until the deadline, and then it can't be told any more whether a try got through;
 * asked beforehand, "nothing was accepted" is certain, and known in seconds.
 */
import type { Client } from '@temporalio/client';

/** Nothing was sent, because nobody is there. */
export class NotConnected extends Error {
  override name = 'NotConnected';
}

/** What gRPC's client offers; the SDK's Connection has one, for itself. */
interface Channel {
  waitForReady(deadline: number, done: (error?: Error) => void): void;
}

/** Resolves at once on a connection that is up. @throws NotConnected after `milliseconds` without one. */
export async function untilConnected({ connection }: Client, now: Date, milliseconds: number): Promise<void> {
  const { client: channel } = connection as { client?: Partial<Channel> };
  if (typeof channel?.waitForReady !== 'function') return;
  const isUp = new Promise<boolean>((resolve) => {
    channel.waitForReady?.(now.getTime() + milliseconds, (error) => resolve(error === undefined));
  });
  if (!(await isUp)) throw new NotConnected('Temporal cannot be reached');
}

/** A call that goes on after its time, as the SDK's repeats do, is not waited for. */
export async function within<T>(milliseconds: number, call: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  return await Promise.race([call, timeout]).finally(() => clearTimeout(timer));
}
