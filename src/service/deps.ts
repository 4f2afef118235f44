/**
 * @module What the verbs need from outside, and what a verb is.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Hash } from '../core/email/canonical.js';
import type { MimeSource } from '../core/email/mime-source.js';
import type { HookReading } from '../core/delivery/receipt.js';
import type { KeyRing } from '../seal.js';
import type { Caller, Store } from '../store/store.js';
import type { Live } from './live.js';
import type { MailDomains } from '../mail-domain.js';
import type { OperationName, OutputOf, ParsedOf } from './operations.js';

/** Verifies and reads one provider's webhook; see Provider.readHook. */
export interface HookReader {
  readHook(hook: { body: Uint8Array; headers: Headers; now: Date }): Promise<HookReading>;
}

/** A provider as people see it. */
export interface ProviderInfo {
  name: string;
  type: string;
  /** `dedupesFor` in milliseconds. */
  capabilities: { envelope: boolean; dedupesFor: number; lookup: 'none' | 'partial' | 'complete' };
  rateLimit?: { perSecond: number };
  /** Of its deliveries, where they have one of their own. */
  taskQueue?: string;
}

export interface ServiceDeps {
  store: Store;
  temporal: {
    client: Client;
    taskQueue: string;
    /** For the command that a person pastes; absent where the CLI's own default is right. */
    address?: string;
  };
  ring: KeyRing;
  clock: () => Date;
  /** SHA-256 as lower-case hex. */
  sha256: Hash;
  /** A random word, for keys that nobody chose. */
  randomId: () => string;
  /** Where people reach this server, without a trailing slash. */
  publicUrl: string;
  /** Milliseconds within which an equal send without a key is the same email. */
  dedupeWindowMs: number;
  /** A revision as the bytes that go out; the date is that of now unless it is given. */
  mime: (source: MimeSource) => Promise<Uint8Array>;
  /** Asks DNS. */
  mailDomains: MailDomains;
  /** By provider name: those that have webhooks. */
  hookReaders: Readonly<Record<string, HookReader>>;
  /** By provider name: the only path below its name at which its webhooks are taken; default: `default`, and none. */
  hookEndpoints?: Readonly<Record<string, string>>;
  /** Those that carry mail, in the order of the config. */
  providers: readonly ProviderInfo[];
  /** The org that runs this server: its admins may drain a provider, which is everybody's. */
  serverOrg: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Whether webhooks may go to http and to private addresses. Default false. */
  allowPrivateWebhooks?: boolean;
  /** Who waits at this moment; one for all doors of a process. */
  live: Live;
  /** Default: `DEADLINES`. */
  deadlines?: Partial<Deadlines>;
}

/** Milliseconds that a door waits for Temporal. */
export interface Deadlines {
  /** To be reached at all. */
  connect: number;
  /** For a workflow's answer. */
  update: number;
  /** To look something up. */
  ask: number;
  /** To wake a workflow. */
  wake: number;
  /** Until no further email of a batch is begun. */
  batch: number;
}
export const DEADLINES: Deadlines = { connect: 2_000, update: 5_000, ask: 2_000, wake: 1_000, batch: 45_000 };

/** What a door and the service tell each other about one call, beside its input and output. */
export interface CallContext {
  /** The caller went away: nobody waits for the answer any more. */
  signal?: AbortSignal;
  /** Set by the service: this is the answer to an earlier call, and nothing was done again. */
  replayed?: boolean;
}

/** One operation: parsed input, and as it was written, where that is what is passed on. */
export type Verb<N extends OperationName> = (
  deps: ServiceDeps,
  caller: Caller,
  input: ParsedOf<N>,
  raw: Readonly<Record<string, unknown>>,
  context: CallContext,
) => Promise<OutputOf<N>>;
