/**
 * @module An input that ends, to whoever serves it, only once what it asked was answered: the transport of the SDK drops
 * its calls at the end of standard input, and a file that is piped in ends before the first answer.
 */
import { Transform, type Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/server';

/** Longer than any tool waits (two minutes), so that nothing outlives its client for ever. */
const LONGEST_MS = 150_000;
const LOOK_MS = 10;

export interface Answered {
  transport: Transport;
  /** Resolves when it is closed: by its input, its output or whoever serves it. */
  ended: Promise<void>;
}

/** `make`: a transport on the input that it is given. */
export function untilAnswered(stdin: Readable, make: (input: Readable) => Transport): Answered {
  const open = new Set<RequestId>();
  let isClosed = false;
  const input = new Transform({
    transform: (chunk, _, done) => {
      done(null, chunk);
    },
    flush: (done) => {
      void answered().finally(() => {
        done();
      });
    },
  });
  const answered = async (): Promise<void> => {
    for (let waits = 0; waits < LONGEST_MS / LOOK_MS && !isClosed; waits++) {
      if (input.readableLength === 0 && open.size === 0) return;
      await setTimeout(LOOK_MS);
    }
  };
  const inner = make(input);
  let close: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (close = resolve));
  const transport: Transport = {
    async start() {
      inner.onmessage = (message, extra) => {
        ask(open, message);
        transport.onmessage?.(message, extra);
      };
      inner.onerror = (error) => transport.onerror?.(error);
      inner.onclose = () => {
        isClosed = true;
        transport.onclose?.();
        close();
      };
      await inner.start();
      stdin.pipe(input);
      // What breaks off does not end by itself.
      for (const event of ['close', 'error']) stdin.once(event, () => input.end());
    },
    async send(message, options) {
      await inner.send(message, options);
      if ((isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) && message.id !== undefined)
        open.delete(message.id);
    },
    close: async () => {
      await inner.close();
    },
  };
  return { transport, ended };
}

/** A listener is answered only when all ends, and what is canceled never. */
function ask(open: Set<RequestId>, message: JSONRPCMessage): void {
  if (isJSONRPCRequest(message) && message.method !== 'subscriptions/listen') open.add(message.id);
  if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled')
    open.delete((message.params as { requestId?: RequestId } | undefined)?.requestId ?? '');
}
