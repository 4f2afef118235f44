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
  /** Fields that are headers in HTTP. `ifMatch: 'If-Match'` makes it a guarded update: see `version` below. */
  headers?: Readonly<Record<string, string>>;
  /** Any of these; empty: any key, and the verb itself says what it may do. */
  scopes: readonly Scope[];
  input: z.ZodType;
  /** Where it has a numeric `version`, that is its ETag in HTTP. */
  output: z.ZodType;
  /** What it answers besides the problems of every call with a key. */
  problems: readonly ProblemCode[];
  success: 200 | 201 | 202;
  /** The same call again has no second effect, so that a client may repeat it by itself. */
  idempotent: boolean;
  /**
   * Where it is not idempotent by nature: with an `Idempotency-Key` its answer is kept, sealed, and given again for a
   * day. `headers` then has `idempotencyKey`.
   */
  keepsAnswer?: boolean;
  /** It takes something away that does not come back. */
  destructive?: boolean;
  /** `bytes`: the body is the field `bytes` itself, under any media type. Default: JSON. */
  takes?: 'bytes';
  /** `events`: the output is the schema of one event, of which there come many (server-sent). Default: JSON. */
  gives?: 'events';
  /** Whoever accepts this media type gets, in HTTP, the bytes that `raw` holds as `encoding` says. */
  mediaType?: string;
  /** For people and models: what it does, what it never does, what to do next. One or more sentences. */
  description?: string;
  /** A real call and its answer: shown in OpenAPI and checked against the schemas by a test. */
  example?: { input: Readonly<Record<string, unknown>>; output: unknown };
  /** Words of the CLI; `args` are the fields that stand there without a flag. */
  cli: { words: string; args: readonly string[]; summary: string };
}
