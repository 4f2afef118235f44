/**
 * @module The HTTP door for tests, in process: a real store, keys of each kind, and a scripted Temporal.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { configSchema, type ConfigInput } from '../../src/config.js';
import { createApp, type HttpDeps } from '../../src/http/app.js';
import { keyLimit } from '../../src/http/key-limit.js';
import { composeMime } from '../../src/providers/mime.js';
import { keyRing, type KeyRing } from '../../src/seal.js';
import { createService, type HookReader, type Service, type ServiceDeps } from '../../src/service/index.js';
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import { openLive, type Live, type LiveDeps } from '../../src/service/live.js';
import type { KeyRow, MailboxRow, PrincipalKind, Scope, Store } from '../../src/store/store.js';
import { admitting, scriptedTemporal, type Script } from './scripted-temporal.js';
import { makeMailbox, sha256, type TestStore } from './store.js';

export interface Key {
  apiKey: string;
  row: KeyRow;
}

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is what the test is about
  body: any;
}

export interface Door {
  store: Store;
  service: Service;
  live: Live;
  ring: KeyRing;
  org: string;
  mailbox: MailboxRow;
  /** May send and read. */
  agent: Key;
  /** A person who may read and decide. */
  reviewer: Key;
  /** A person who may do all that does not send or decide. */
  admin: Key;
  /** Everything that was logged, as text. */
  logged: () => string;
  key(
    scopes: Scope[],
    over?: Partial<{ kind: PrincipalKind; mode: 'live' | 'test'; mailboxes: string[] }>,
  ): Promise<Key>;
  fetch: (request: Request) => Promise<Response>;
  /** `key`: default the agent's; null is none. `raw`: the body as it is. */
  ask(
    method: string,
    path: string,
    options?: {
      key?: string | null;
      body?: unknown;
      raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
      headers?: Record<string, string>;
    },
  ): Promise<Answer>;
}

export interface DoorOptions {
  script?: Partial<Script>;
  mailbox?: Parameters<typeof makeMailbox>[1];
  hookReaders?: Record<string, HookReader>;
  /** Replaces verbs of the store. */
  store?: Partial<Store>;
  deps?: Partial<ServiceDeps>;
  /** How many may wait, and how long streams are quiet. */
  live?: LiveDeps['bounds'];
  /** Settings of the door; its rate is otherwise one that no test reaches. */
  http?: ConfigInput['http'];
  /** Replaces what the door is made of. */
  app?: Partial<HttpDeps>;
}

const NO_LIMIT = { perSecond: 1_000_000, burst: 1_000_000 };

export async function openDoor(shared: TestStore, options: DoorOptions = {}): Promise<Door> {
  const mailbox = await makeMailbox(shared.store, options.mailbox);
  const { org } = mailbox;
  const store: Store = { ...shared.store, ...options.store };
  const ring = options.deps?.ring ?? keyRing([`test:${randomBytes(32).toString('base64url')}`]);
  const lines: string[] = [];
  const write = (...args: unknown[]): void => void lines.push(JSON.stringify(args));
  const log = { info: write, warn: write, error: write };
  const live = openLive({ store, log, interval: 20, bounds: options.live ?? {} });
  const service = createService({
    ...{ store, ring, sha256, log, clock: shared.clock, randomId: randomUUID },
    live,
    temporal: {
      client: scriptedTemporal({ submit: admitting(shared.store, ring), ...options.script }),
      taskQueue: 'test',
    },
    publicUrl: 'http://warden.test',
    dedupeWindowMs: 600_000,
    mime: composeMime,
    mailDomains: async () => 'accepts',
    hookReaders: options.hookReaders ?? {},
    ...{ providers: [], serverOrg: 'default' },
    ...options.deps,
  });
  const config = configSchema.parse({
    http: { allowedHosts: ['mail.example'], rateLimit: NO_LIMIT, ...options.http },
  }).http;
  const app = createApp({
    ...{ service, config, log, clock: shared.clock, randomId: randomUUID },
    limit: keyLimit(config.rateLimit, shared.clock),
    version: '0.0.0-test',
    publicUrl: 'http://warden.test',
    ...options.app,
  });

  const key: Door['key'] = async (scopes, { kind = 'agent', mode = 'live', mailboxes } = {}) => {
    const apiKey = makeKey(mode);
    const row = await shared.store.createKey({
      ...{
        org,
        hash: hashKey(apiKey),
        name: 'key',
        mode,
        scopes,
        mailboxes: mailboxes ?? null,
        madeBy: null,
      },
      principal: { kind, name: `somebody ${randomUUID().slice(0, 6)}` },
    });
    if (typeof row === 'string') throw new Error(row);
    return { apiKey, row };
  };
  const [agent, reviewer, admin] = [
    await key(['messages:send', 'messages:read']),
    await key(['messages:read', 'approvals:decide'], { kind: 'person' }),
    await key(['messages:read', 'suppressions:write', 'consents:write', 'policy:admin', 'org:admin'], {
      kind: 'person',
    }),
  ];
  const fetch = async (request: Request): Promise<Response> => await app.fetch(request);
  return {
    ...{ store, service, live, ring, org, mailbox, agent, reviewer, admin, key, fetch },
    logged: () => lines.join('\n'),
    async ask(method, path, { key: apiKey = agent.apiKey, body, raw, headers } = {}) {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            ...(apiKey !== null && { Authorization: `Bearer ${apiKey}` }),
            ...(sent !== undefined && { 'Content-Type': 'application/json' }),
            ...headers,
          },
          ...(sent !== undefined && { body: sent, duplex: 'half' }),
        }),
      );
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
    },
  };
}
