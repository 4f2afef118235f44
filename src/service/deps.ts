/**
 * @module What the verbs need from outside, and what a verb is.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Hash } from '../core/email/canonical.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import type { KeyRing } from '../seal.js';
import type { Caller, Store } from '../store/store.js';
import type { OperationName, OutputOf, ParsedOf } from './operations.js';

/** Verifies and reads one provider's webhook; see Provider.parseReports. */
export interface ReportParser {
  parseReports(body: Uint8Array, headers: Headers): ProviderReport[];
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
  /** By provider name: those that have webhooks. */
  reportParsers: Readonly<Record<string, ReportParser>>;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
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
}
export const DEADLINES: Deadlines = { connect: 2_000, update: 5_000, ask: 2_000, wake: 1_000 };

/** One operation: parsed input, and as it was written, where that is what is passed on. */
export type Verb<N extends OperationName> = (
  deps: ServiceDeps,
  caller: Caller,
  input: ParsedOf<N>,
  raw: Readonly<Record<string, unknown>>,
) => Promise<OutputOf<N>>;
