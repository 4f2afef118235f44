/** @module The routes of policy changes: the list, one of them, and the decision on it. */
import type { Context, Hono } from 'hono';
import type { Problem } from '../errors.js';
import { harmless, problemOf, show, showForged, showProblem } from './answer.js';
import type { Review } from './deps.js';
import { fieldsOf, ownForm } from './form.js';
import { POLICY_BASE, policyPathOf } from './origin.js';
import { policyChangePage, policyChangesPage } from './policy-pages.js';
import { isFormOf } from './sessions.js';
import { signedIn } from './signed-in.js';
import { signInPage } from './small-pages.js';
import { visitorOf, type Visitor } from './visitor.js';

/** As many of one mailbox as can wait; of several, the newest of them. */
const LIMIT = 100;

/** Before those of emails, which take any single word. */
export function addPolicyRoutes(app: Hono, review: Review): void {
  app.get(POLICY_BASE, (c) =>
    signedIn(c, review, POLICY_BASE, async (visitor) => {
      const asked = { status: 'pending' as const, limit: LIMIT };
      const page = await review.service.call('policyChanges.list', visitor.caller, asked);
      return await show(c, review, policyChangesPage(page), visitor);
    }),
  );
  app.get(`${POLICY_BASE}/:id`, (c) =>
    signedIn(c, review, policyPathOf(c.req.param('id')), (visitor) =>
      showChange(c, review, visitor, c.req.param('id')),
    ),
  );
  // Where a reload of a refused decision may lead.
  app.get(`${POLICY_BASE}/:id/decision`, (c) => {
    harmless(c);
    return c.redirect(policyPathOf(c.req.param('id')), 303);
  });
  app.post(`${POLICY_BASE}/:id/decision`, ownForm(review), (c) => decide(c, review, c.req.param('id')));
}

async function showChange(
  c: Context,
  review: Review,
  visitor: Visitor,
  id: string,
  refused?: Problem,
): Promise<Response> {
  const change = await review.service.call('policyChanges.get', visitor.caller, { id });
  const { principal: me, scopes } = visitor.caller;
  const view = {
    ...{ change, me, mayDecide: scopes.includes('policy:admin') },
    ...(refused && { refusal: refused.details.detail }),
  };
  return await show(c, review, policyChangePage(view), visitor, refused?.status);
}

async function decide(c: Context, review: Review, id: string): Promise<Response> {
  const visitor = await visitorOf(c, review);
  const path = policyPathOf(id);
  if (visitor === null || typeof visitor === 'string') {
    const why = `Nothing was decided. ${visitor ?? 'You are not signed in.'}`;
    return await show(c, review, signInPage(path, why), null, 401);
  }
  const { csrf, action, comment = '' } = await fieldsOf(c);
  if (!isFormOf(visitor.session, csrf))
    return await showForged(c, review, 'This form is not of your session. Open the change again.', visitor);
  try {
    const said = comment.trim() === '' ? {} : { comment: comment.replace(/\r\n/gu, '\n') };
    await review.service.call('policyChanges.decide', visitor.caller, { id, action, ...said });
    harmless(c);
    return c.redirect(path, 303);
  } catch (error) {
    return await undecided(c, review, visitor, id, problemOf(error));
  }
}

/** What became of it says more than the problem alone. */
async function undecided(
  c: Context,
  review: Review,
  visitor: Visitor,
  id: string,
  problem: Problem,
): Promise<Response> {
  if (problem.status < 500 && problem.code !== 'not_found')
    try {
      return await showChange(c, review, visitor, id, problem);
    } catch {
      // The problem that there was first is shown.
    }
  return await showProblem(c, review, problem, visitor);
}
