/** @module What the HTTP door keeps beside a request while it is served. */

export interface Env {
  Variables: { requestId: string };
}
