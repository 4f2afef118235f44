/**
 * @module Who asks for a page: the session of the cookie, and the caller that its key still is. The key is
 * looked up at every request, so that one that was revoked ends the session at the next click.
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { Problem } from '../errors.js';
import { clientAddress } from '../http/caller.js';
import type { Env } from '../http/env.js';
import type { Caller } from '../store/store.js';
import type { Review } from './deps.js';
import { BASE, isSecure } from './origin.js';
import { SESSION_MS, type Session } from './sessions.js';

export interface Visitor {
  session: Session;
  caller: Caller;
}

const COOKIE = 'mailwarden_review';

/** The caller behind a key that may review. @throws Problem. */
export async function reviewerOf(
  c: Context,
  { service, trustProxy = false }: Review,
  key: string,
): Promise<Caller> {
  const caller = await service.authenticate(key, clientAddress(c as Context<Env>, trustProxy));
  if (caller.kind !== 'person')
    throw new Problem('person_required', {
      detail: `this key belongs to ${caller.kind === 'agent' ? 'an agent' : 'a service'}; use the key of a person`,
    });
  if (!caller.scopes.includes('approvals:decide'))
    throw new Problem('scope_missing', { detail: 'this key lacks the scope approvals:decide' });
  return caller;
}

/** Null where nobody is signed in; a text where somebody was. @throws Problem where it can't be told. */
export async function visitorOf(c: Context, review: Review): Promise<Visitor | string | null> {
  const id = getCookie(c, COOKIE);
  const session = review.sessions.find(id);
  if (session === null) return id === undefined ? null : 'Your session has ended. Sign in again.';
  try {
    return { session, caller: await reviewerOf(c, review, session.key) };
  } catch (error) {
    // Where others from the same address have guessed too often, nothing is known of this key.
    if (!(error instanceof Problem) || error.status >= 500 || error.code === 'rate_limited') throw error;
    signOut(c, review);
    return 'Your key was revoked, or may no longer review. Sign in with another one.';
  }
}

/** A new session in place of one that there may have been. */
export function signIn(c: Context, review: Review, key: string): void {
  review.sessions.close(getCookie(c, COOKIE));
  setCookie(c, COOKIE, review.sessions.open(key).id, {
    ...cookieOptions(c, review),
    maxAge: SESSION_MS / 1_000,
  });
}

export function signOut(c: Context, review: Review): void {
  review.sessions.close(getCookie(c, COOKIE));
  deleteCookie(c, COOKIE, cookieOptions(c, review));
}

const cookieOptions = (
  c: Context,
  { publicUrl }: Review,
): { path: string; httpOnly: true; sameSite: 'Strict'; secure: boolean } => ({
  path: BASE,
  httpOnly: true,
  sameSite: 'Strict',
  secure: isSecure(c.req.raw, publicUrl),
});
