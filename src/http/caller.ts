/** @module Who makes a request: the key in its header, and the address that it comes from. */
import type { Context } from 'hono';
import type { Service } from '../service/index.js';
import type { Caller } from '../store/store.js';
import type { Env } from './env.js';
import { requireAllowance, type KeyLimit } from './key-limit.js';

/** Who calls, if they may at this moment. @throws Problem `unauthorized`, `rate_limited`. */
export type CallerReader = (c: Context<Env>) => Promise<Caller>;

export interface CallerDeps {
  service: Pick<Service, 'authenticate'>;
  limit: KeyLimit;
  trustProxy: boolean;
}

export function callerReader({ service, limit, trustProxy }: CallerDeps): CallerReader {
  return async (c) => {
    const caller = await service.authenticate(bearer(c.req.raw), clientAddress(c, trustProxy));
    // Not of the key alone: a key makes as many others for its principal as it likes.
    const allowance = limit(caller.principal);
    c.set('allowance', allowance);
    requireAllowance(allowance);
    return caller;
  };
}

/** The key in the Authorization header; null where there is none of that kind. */
function bearer(request: Request): string | null {
  return /^Bearer +(\S{1,200})$/iu.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}

/**
 * Where a request comes from; undefined where nothing is known of it. Of X-Forwarded-For only the last address was
 * written by the proxy in front; the ones before it are the client's own words.
 */
export function clientAddress(c: Context<Env>, trustProxy: boolean): string | undefined {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return forwarded || c.env?.incoming?.socket.remoteAddress;
}
