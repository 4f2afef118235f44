/**
 * @module The TypeScript client: one function per operation of the table, typed by it. Runs wherever
 * `fetch` does.
 */
import {
  operationEntries,
  pathFields,
  type InputOf,
  type Operation,
  type OperationName,
  type OutputOf,
} from './service/operations.js';

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8025`. */
  url: string;
  apiKey: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** How often a call that has no second effect is repeated where no answer came, or a 503. Default 3. */
  retries?: number;
  /** Milliseconds for one try. Default 30 000. */
  timeout?: number;
}

/** The server answered with a problem, or did not answer (`code` is then `connection_failed`). */
export class MailwardenError extends Error {
  override name = 'MailwardenError';
  constructor(
    /** Stable: see PROBLEMS in errors.ts. */
    readonly code: string,
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    message: string,
    /** All members of the problem: `field`, `errors`, `id`, `verdict`, … */
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

type Nouns = OperationName extends infer N ? (N extends `${infer Noun}.${string}` ? Noun : never) : never;
type VerbsOf<Noun extends string> = Extract<OperationName, `${Noun}.${string}`>;
type Call<N extends OperationName> =
  Partial<InputOf<N>> extends InputOf<N>
    ? (input?: InputOf<N>) => Promise<OutputOf<N>>
    : (input: InputOf<N>) => Promise<OutputOf<N>>;

/** `client.messages.send({ … })`, `client.approvals.list()`, … */
export type MailwardenClient = {
  [Noun in Nouns]: {
    [N in VerbsOf<Noun> as N extends `${Noun}.${infer Verb}` ? Verb : never]: Call<N>;
  };
};

export function createClient(options: ClientOptions): MailwardenClient {
  const client: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of operationEntries()) {
    const [noun = '', verb = ''] = name.split('.');
    (client[noun] ??= {})[verb] = (input: Record<string, unknown> = {}) => call(options, operation, input);
  }
  return client as unknown as MailwardenClient;
}

async function call(
  options: ClientOptions,
  operation: Operation,
  input: Record<string, unknown>,
): Promise<unknown> {
  const request = requestFor(options, operation, input);
  const retries = operation.idempotent ? (options.retries ?? 3) : 0;
  for (let tries = 0; ; tries++) {
    const [answer, wait] = await once(options, request);
    if (!(answer instanceof MailwardenError)) return answer;
    if (wait === null || tries >= retries) throw answer;
    await new Promise((resolve) => setTimeout(resolve, Math.min(5_000, wait ?? 200 * 2 ** tries)));
  }
}

interface Prepared {
  url: string;
  init: { method: string; headers: Record<string, string>; body?: string };
}

function requestFor(
  { url, apiKey }: ClientOptions,
  operation: Operation,
  input: Record<string, unknown>,
): Prepared {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const take = (field: string): unknown => {
    const value = rest.get(field);
    rest.delete(field);
    return value;
  };
  const headers: Record<string, string> = { Authorization: `Bearer ${apiKey}`, Accept: 'application/json' };
  for (const [field, name] of Object.entries(operation.headers ?? {})) {
    // A key of its own for each call: the retries below are then one email, a second call is a second one.
    const given = take(field) as string | undefined;
    // A dedupeKey is that key already, by its other name.
    if (given === undefined && rest.has('dedupeKey')) continue;
    headers[name] = given ?? globalThis.crypto.randomUUID();
  }
  const missing = pathFields(operation.path).some((field) => !rest.has(field));
  const template = missing ? (operation.shortPath ?? operation.path) : operation.path;
  const path = template.replace(/\{(\w+)\}/gu, (_, field: string) =>
    encodeURIComponent(take(field) as string),
  );
  const target = new URL(url.replace(/\/+$/u, '') + path);
  if (operation.method === 'GET' || operation.method === 'DELETE') {
    for (const [field, value] of rest) target.searchParams.set(field, String(value));
    return { url: target.href, init: { method: operation.method, headers } };
  }
  headers['Content-Type'] = 'application/json';
  const body = JSON.stringify(Object.fromEntries(rest));
  return { url: target.href, init: { method: operation.method, headers, body } };
}

/** One try: an answer, or an error and how long to wait before the next: null is never, undefined is as you like. */
async function once(
  { fetch: send = globalThis.fetch, timeout = 30_000 }: ClientOptions,
  { url, init }: Prepared,
): Promise<[unknown, number | null | undefined]> {
  let response: Response;
  let body: unknown;
  try {
    response = await send(url, { ...init, signal: AbortSignal.timeout(timeout) });
    body = await response.json().catch(() => null);
  } catch (error) {
    const failed = new MailwardenError(
      'connection_failed',
      0,
      `no answer from ${new URL(url).origin}`,
      {},
      { cause: error },
    );
    return [failed, undefined];
  }
  if (response.ok && body !== null) return [body, null];
  const details = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const code = typeof details['code'] === 'string' ? details['code'] : `http_${response.status}`;
  const detail =
    typeof details['detail'] === 'string' ? details['detail'] : `the server answered ${response.status}`;
  const after = Number(response.headers.get('retry-after') ?? NaN);
  const wait = response.status === 503 ? (Number.isFinite(after) ? after * 1000 : undefined) : null;
  return [new MailwardenError(code, response.status, detail, details), wait];
}
