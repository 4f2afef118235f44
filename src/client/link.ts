/** @module One connection over which events come, until it breaks, falls silent or is ended. */
import { createParser } from 'eventsource-parser';
import type { ClientOptions } from './options.js';
import type { Prepared } from './request.js';
import { jsonOf, problemOf, reached } from './try-once.js';

export interface Message {
  id?: string;
  data: unknown;
}

export interface Link {
  /** When the server answered, ISO 8601, where it says so. */
  began: string | undefined;
  /** To be read once; the connection is closed when the reader stops. @throws MailwardenError `connection_failed`. */
  messages: AsyncGenerator<Message, void, undefined>;
}

export interface LinkOptions {
  /** Milliseconds until the answer has begun. */
  timeout: number;
  /** Milliseconds of silence. */
  silence: number;
  signal?: AbortSignal;
}

/** @throws MailwardenError; the reason of `signal`. */
export async function openLink(
  { fetch: send }: Pick<ClientOptions, 'fetch'>,
  { url, init }: Prepared,
  { timeout, silence, signal }: LinkOptions,
): Promise<Link> {
  const stop = new AbortController();
  const over = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const patience = setTimeout(() => stop.abort(), timeout);
  const body = await reached(url, signal, async () => {
    try {
      const headers = { ...init.headers, Accept: 'text/event-stream' };
      const response = await (send ?? globalThis.fetch)(url, { ...init, headers, signal: over });
      if (!response.ok || response.body === null) throw problemOf(response, jsonOf(await response.text()));
      return response;
    } finally {
      clearTimeout(patience);
    }
  });
  return { began: beginning(body), messages: messages(body, url, stop, silence, signal) };
}

async function* messages(
  { body }: Response,
  url: string,
  stop: AbortController,
  silence: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Message, void, undefined> {
  const complete: Message[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => complete.push({ ...(id !== undefined && { id }), data: jsonOf(data) }),
  });
  const text = new TextDecoder();
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      // Only while we read: a caller may take its time with what it was given.
      const silent = setTimeout(() => stop.abort(), silence);
      const { done, value } = await reached(url, signal, () => reader.read()).finally(() =>
        clearTimeout(silent),
      );
      if (done) return;
      parser.feed(text.decode(value, { stream: true }));
      yield* complete.splice(0);
    }
  } finally {
    stop.abort();
  }
}

function beginning({ headers }: Response): string | undefined {
  const at = new Date(headers.get('date') ?? NaN);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
