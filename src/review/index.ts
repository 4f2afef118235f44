/**
 * @module The review pages: a person signs in with an API key, reads what is held, and decides. They run
 * no script and call operations like every other door; all that others wrote stays text.
 */
import { Hono } from 'hono';
import { Problem } from '../errors.js';
import { harmless, problemOf, showProblem } from './answer.js';
import { reviewOf, type ReviewDeps } from './deps.js';
import { addMessageRoutes } from './message-routes.js';
import { BASE } from './origin.js';
import { addPolicyRoutes } from './policy-routes.js';
import { addSessionRoutes } from './session-routes.js';

export type { ReviewDeps } from './deps.js';

/** The routes `/review…`, to be mounted at the root. */
export function createReviewPages(deps: ReviewDeps): Hono {
  const app = new Hono();
  const review = reviewOf(deps);
  app.use(`${BASE}/*`, async (c, next) => {
    review.checkHost?.(c.req.raw);
    await next();
  });
  addSessionRoutes(app, review);
  addPolicyRoutes(app, review);
  addMessageRoutes(app, review);
  app.get(`${BASE}/`, (c) => {
    harmless(c);
    return c.redirect(BASE, 303);
  });
  app.all(`${BASE}/*`, (c) =>
    showProblem(
      c,
      review,
      new Problem('not_found', { detail: 'there is no such page, or it takes no such request' }),
    ),
  );
  app.onError((error, c) => showProblem(c, review, problemOf(error)));
  return app;
}
