/** @module What the MCP server asks of Mailwarden, wherever it runs: inside the server, or beside an agent. */
import type { OperationName } from '../service/operations.js';

/** What is known of the key, as far as it decides which tools are listed. */
export interface Identity {
  scopes: readonly string[];
  /** A person decides; an agent or a service never does. */
  isPerson: boolean;
  /** Bound to exactly one, so that there is nothing for a model to choose. */
  hasOneMailbox: boolean;
}

/** A problem (RFC 9457) as every door shows it. */
export interface ShownProblem {
  code: string;
  status: number;
  detail: string;
  retryable: boolean;
  [member: string]: unknown;
}

/** A problem is an answer, too: a tool that failed says why, and what to do. */
export type Answer =
  { output: Record<string, unknown>; problem?: never } | { problem: ShownProblem; output?: never };

export interface Port {
  /** Null while nobody can say: then all tools are listed, and the server refuses the call itself. */
  identity(): Promise<Identity | null>;
  /** Never rejects. `input`: as a model wrote it. */
  call(name: OperationName, input: Record<string, unknown>, signal?: AbortSignal): Promise<Answer>;
}
