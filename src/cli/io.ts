/**
 * @module What a command of the CLI touches of the world around it.
 */
import type { Command } from 'commander';

export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  readFile: (path: string) => Uint8Array;
  /** Fails where the file exists. */
  writeNewFile: (path: string, text: string) => void;
  readStdin: () => Promise<string>;
  fetch: typeof fetch;
  /** Asks the person before the terminal, and gives their answer; absent where there is none. */
  ask?: (question: string) => Promise<string>;
  /** Standard error is a terminal with a person before it. */
  isTerminal?: boolean;
}

/** Adds a command, or several, to the program. */
export type Register = (program: Command, io: Io) => void;

/** The command was not written as it has to be; the message says how. */
export class UsageError extends Error {
  override name = 'UsageError';
}
