/** @module What stands before every page behind the sign-in. */
import type { Context } from 'hono';
import { problemOf, show, showProblem } from './answer.js';
import type { Review } from './deps.js';
import { isFollowedLink } from './origin.js';
import { goOnPage, signInPage } from './small-pages.js';
import { visitorOf, type Visitor } from './visitor.js';

/** Hands a visitor on; everybody else gets the form, whatever there is at this path. */
export async function signedIn(
  c: Context,
  review: Review,
  path: string,
  go: (visitor: Visitor) => Promise<Response>,
): Promise<Response> {
  const visitor = await visitorOf(c, review);
  if (visitor === null && isFollowedLink(c.req.raw) && c.req.query('from') === undefined)
    return await show(c, review, goOnPage(`${path}?from=link`));
  if (visitor === null) return await show(c, review, signInPage(path));
  if (typeof visitor === 'string') return await show(c, review, signInPage(path, visitor));
  try {
    return await go(visitor);
  } catch (error) {
    return await showProblem(c, review, problemOf(error), visitor);
  }
}
