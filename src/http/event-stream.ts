/**
 * @module Operations that give events, as server-sent events. The reader pulls: nothing is read from the store before
 * the bytes of the event before it have gone.
 */
import type { Context } from 'hono';
import { Problem } from '../errors.js';
import type { StreamName } from '../service/operations.js';
import { OPERATIONS } from '../service/operations.js';
import type { Env } from './env.js';
import { inputReader } from './input.js';
import type { RouteDeps } from './operation-routes.js';

/** Milliseconds after which a client should connect again. */
const RETRY = 2_000;

const HEADERS = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' } as const;

export function eventStream(
  { service, callerOf }: Pick<RouteDeps, 'service' | 'callerOf'>,
  name: StreamName,
): (c: Context<Env>) => Promise<Response> {
  const read = inputReader(OPERATIONS[name]);
  return async (c) => {
    const caller = await callerOf(c);
    const input = await read({ request: c.req.raw, params: c.req.param() });
    // A body that nobody reads would hold its place for ever.
    if (c.req.method === 'HEAD') return new Response(null, { headers: HEADERS });
    const mayGoOn = (): Promise<boolean> => callerOf(c).then(() => true, isPassing);
    const feed = await service.stream(name, caller, input, { signal: c.req.raw.signal, mayGoOn });
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        // At once, so that the client knows that it is connected.
        start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY}\n\n`)),
        async pull(controller) {
          // A store that does not answer ends the stream: the client comes again, and goes on where it was.
          const next = await feed.next().catch(() => null);
          if (next === null) {
            feed.close();
            controller.close();
          } else if (next === 'quiet') controller.enqueue(encoder.encode(': quiet\n\n'));
          else
            controller.enqueue(
              encoder.encode(`id: ${next.id}\nevent: ${next.type}\ndata: ${JSON.stringify(next)}\n\n`),
            );
        },
        cancel: () => feed.close(),
      },
      { highWaterMark: 1 },
    );
    return new Response(body, { headers: HEADERS });
  };
}

/** Only a clear no ends a stream: not the rate limit, not an outage. */
const isPassing = (error: unknown): boolean => !(error instanceof Problem && error.code === 'unauthorized');
