/** @module What an operation is: everything that a door has to know of it. */
import type { z } from 'zod';
import type { ProblemCode } from '../../errors.js';
import type { Scope } from '../../store/store.js';

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` is a field of the input; the others are the body, or the query where there is none. */
  path: string;
  /** A second path, without one of the fields. */
  shortPath?: string;
  /** Fields that are headers in HTTP. */
  headers?: Readonly<Record<string, string>>;
  /** Any of these; empty: any key, and the verb itself says what it may do. */
  scopes: readonly Scope[];
  input: z.ZodType;
  output: z.ZodType;
  /** What it answers besides the problems of every call with a key. */
  problems: readonly ProblemCode[];
  success: 200 | 201 | 202;
  /** The same call again has no second effect, so that a client may repeat it by itself. */
  idempotent: boolean;
  /** Words of the CLI; `args` are the fields that stand there without a flag. */
  cli: { words: string; args: readonly string[]; summary: string };
}
