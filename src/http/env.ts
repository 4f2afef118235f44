/** @module What the HTTP door keeps beside a request while it is served. */
import type { HttpBindings } from '@hono/node-server';
import type { Allowance } from './key-limit.js';

export interface Env {
  /** Of the connection; empty where there is none, as in a test. */
  Bindings: Partial<HttpBindings> | undefined;
  Variables: {
    requestId: string;
    /** What is left of the key's rate, once it is known whose key it is. */
    allowance?: Allowance;
  };
}
