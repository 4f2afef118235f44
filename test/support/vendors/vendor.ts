/**
 * @module An HTTP API of a vendor, played on this machine: it takes mail as the vendor does, and fails as scripted.
 * The vendor's own SDK has to accept each one that is made of it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface VendorRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface VendorAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Text as it is; anything else as JSON. */
  body?: unknown;
}

/**
 * What goes wrong with one request. `reset-before-body`: the connection is closed before the body was read, nothing
 * is taken. `reset-after-body`: the mail is taken and nobody hears of it. `slow`: taken, and answered only after so
 * many milliseconds. `slow-before-body`: nothing is read for so long, then the connection is closed. An answer: it
 * is given and nothing is taken, unless `taken` says so (a 200 with junk, a 500 after the mail went out).
 */
export type Fault =
  | 'reset-before-body'
  | 'reset-after-body'
  | { slow: number }
  | { slowBeforeBody: number }
  | (VendorAnswer & { taken?: boolean });

/** A mail that the vendor has taken. */
export interface Taken {
  /** Our message id, from the tag. */
  tag: string | null;
  /** The vendor's id of it. */
  id: string;
  /** Everyone it goes to, in the order of the call. */
  to: string[];
  subject: string;
  request: VendorRequest;
}

export interface Vendor {
  /** Without a slash at the end. */
  url: string;
  /** Faults of the next requests to send, in order; `null` is a request that goes well. */
  faults: (Fault | null)[];
  /** While it is set, every request to send meets it, once `faults` is empty. */
  always: Fault | null;
  requests: VendorRequest[];
  taken: Taken[];
  /** A second time it does nothing. */
  stop(): Promise<void>;
}

/** What one vendor's API does with a request: takes the mail, or answers what it answers to anything else. */
export interface VendorApi {
  /** True for a request that sends mail: only these meet faults. */
  sends(request: VendorRequest): boolean;
  /** Reads the mail; an answer instead where the request is not as the vendor wants it. */
  take(request: VendorRequest): Taken | VendorAnswer;
  accepted(taken: Taken): VendorAnswer;
  /** To every other request. */
  answer(request: VendorRequest, taken: readonly Taken[]): VendorAnswer;
}

export async function startVendor(api: VendorApi): Promise<Vendor> {
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  // Its own faults are scripted; none comes from an idle connection that ends.
  server.keepAliveTimeout = 60_000;
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const isSend = api.sends({ method, path, headers, body: Buffer.alloc(0) });
    const fault = isSend ? (vendor.faults.shift() ?? vendor.always) : null;
    if (fault === 'reset-before-body') return void incoming.socket.destroy();
    if (typeof fault === 'object' && fault !== null && 'slowBeforeBody' in fault) {
      await later(fault.slowBeforeBody);
      return void incoming.socket.destroy();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = { method, path, headers, body: Buffer.concat(chunks) };
    vendor.requests.push(request);
    if (!isSend) {
      give(response, api.answer(request, vendor.taken));
      return;
    }
    if (fault !== null && typeof fault === 'object' && 'status' in fault && fault.taken !== true) {
      give(response, fault);
      return;
    }
    const taken = api.take(request);
    if ('status' in taken) {
      give(response, taken);
      return;
    }
    vendor.taken.push(taken);
    if (fault === 'reset-after-body') return void incoming.socket.destroy();
    if (fault !== null && 'slow' in fault) await later(fault.slow);
    give(response, fault !== null && 'status' in fault ? fault : api.accepted(taken));
  }

  const vendor: Vendor = {
    url: '',
    faults: [],
    always: null,
    requests: [],
    taken: [],
    async stop() {
      if (!server.listening) return;
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vendor.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return vendor;
}

function give(response: ServerResponse, { status, headers = {}, body }: VendorAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': isText ? 'text/html' : 'application/json' }),
    ...headers,
  });
  response.end(body === undefined ? '' : isText ? body : JSON.stringify(body));
}
