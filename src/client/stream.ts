/**
 * @module Events as they happen, over server-sent events. A connection that breaks is made again after the last event
 * that was handed out, so that none is lost and none comes twice.
 */
import type { OperationName } from '../service/operations.js';
import { prepare, type Input } from './call.js';
import { errorOf, type MailwardenError } from './errors.js';
import { openLink, type Link } from './link.js';
import type { CallOptions, ClientOptions } from './options.js';
import type { Prepared } from './request.js';
import { passes, pause, sleep, withRetries, type Retries } from './retry.js';

export interface StreamOptions extends Omit<CallOptions, 'idempotencyKey'> {
  /** Milliseconds of silence after which a connection counts as broken; the server speaks every 15 s. Default 45 000. */
  silence?: number;
}

/**
 * Never ends by itself. The first connection is tried as often as any call; one that breaks later is made again until
 * the signal or the caller ends it, or the server refuses.
 */
export async function* stream(
  client: ClientOptions,
  name: OperationName,
  input: Input,
  options: StreamOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  let retries: Retries = { operation: name, repeats: true, client, call: options };
  const forever = { ...client, retries: Infinity, patience: Infinity };
  let place: Input = input;
  let last: string | undefined;
  const open = (): Promise<Link> => {
    const request = prepare(client, name, place, {});
    return openLink(client, last === undefined ? request : after(request, last), {
      timeout: options.timeout ?? client.timeout ?? 30_000,
      silence: options.silence ?? 45_000,
      ...(options.signal && { signal: options.signal }),
    });
  };
  for (let failures = 1; ; failures++) {
    let failure: MailwardenError;
    try {
      const link = await withRetries(retries, open);
      // While nothing came yet, the next connection begins where the first one did, by the server's own clock.
      const isPlaced = place['since'] !== undefined || place['lastEventId'] !== undefined;
      if (!isPlaced && link.began !== undefined) place = { ...input, since: link.began };
      retries = { operation: name, repeats: true, client: forever, call: { signal: options.signal } };
      for await (const message of link.messages) {
        failures = 1;
        last = message.id ?? last;
        yield message.data;
      }
      failure = errorOf('connection_failed', 0, 'the server ended the stream');
    } catch (error) {
      if (retries.client !== forever || !passes(error)) throw error;
      failure = error;
    }
    const delay = pause(failure, failures, client.random ?? Math.random);
    client.onRetry?.({ operation: name, attempt: failures, delay, error: failure });
    await sleep(delay, options.signal);
  }
}

/** The place after an event is its id, and only that. */
function after({ url, init }: Prepared, id: string): Prepared {
  const target = new URL(url);
  target.searchParams.delete('since');
  return { url: target.href, init: { ...init, headers: { ...init.headers, 'Last-Event-ID': id } } };
}
