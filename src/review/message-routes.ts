/** @module The routes behind the sign-in: the queue, one email, and the decision on it. */
import type { Context, Hono } from 'hono';
import { Problem } from '../errors.js';
import type { AdmittedMessage } from '../service/schemas/message.js';
import { harmless, problemOf, show, showForged, showProblem } from './answer.js';
import type { Review } from './deps.js';
import { fieldsOf, ownForm } from './form.js';
import { messagePage, pendingPage } from './message-page.js';
import { BASE, pathOf } from './origin.js';
import { queuePage } from './queue-page.js';
import { readQueue } from './queue.js';
import { isFormOf } from './sessions.js';
import { signedIn } from './signed-in.js';
import { signInPage } from './small-pages.js';
import { visitorOf, type Visitor } from './visitor.js';

type Answer = Response | Promise<Response>;

export function addMessageRoutes(app: Hono, review: Review): void {
  app.get(BASE, (c) =>
    signedIn(c, review, BASE, async (visitor) => {
      const queue = await readQueue(review, visitor, Number(c.req.query('page') ?? 1));
      return show(c, review, queuePage(queue, review.clock()), visitor);
    }),
  );
  app.get(`${BASE}/:id`, (c) =>
    signedIn(c, review, pathOf(c.req.param('id')), (visitor) =>
      showEmail(c, review, visitor, c.req.param('id')),
    ),
  );
  // Where a reload of a refused decision may lead.
  app.get(`${BASE}/:id/decision`, (c) => {
    harmless(c);
    return c.redirect(pathOf(c.req.param('id')), 303);
  });
  app.post(`${BASE}/:id/decision`, ownForm(review), (c) => decide(c, review, c.req.param('id')));
}

async function showEmail(
  c: Context,
  review: Review,
  visitor: Visitor,
  id: string,
  refused?: Problem,
): Promise<Response> {
  const email = await review.service.call('messages.get', visitor.caller, { id });
  if (!('content' in email)) return await show(c, review, pendingPage(email), visitor);
  const view = {
    email,
    now: review.clock(),
    me: visitor.caller.principal,
    commands: email.status === 'held' ? await commandsFor(review, visitor, email) : [],
    ...(refused && { refusal: refused.details.detail }),
  };
  return await show(c, review, messagePage(view), visitor, refused?.status);
}

/** None where the email changes at this very moment: the page still shows it. */
async function commandsFor(
  { service }: Review,
  { caller }: Visitor,
  { id, digest }: AdmittedMessage,
): Promise<string[]> {
  try {
    const tokens = ['approve', 'reject'].map((action) =>
      service.call('approvals.token', caller, { id, action, digest }),
    );
    return (await Promise.all(tokens)).map((one) => one.command);
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return [];
    throw error;
  }
}

async function decide(c: Context, review: Review, id: string): Promise<Response> {
  const visitor = await visitorOf(c, review);
  if (visitor === null || typeof visitor === 'string') {
    const why = `Nothing was decided. ${visitor ?? 'You are not signed in.'}`;
    return await show(c, review, signInPage(pathOf(id), why), null, 401);
  }
  const { csrf, action, digest, comment } = await fieldsOf(c);
  if (!isFormOf(visitor.session, csrf)) return await stale(c, review, visitor, id);
  try {
    await review.service.call('messages.decide', visitor.caller, {
      ...{ id, action, digest },
      // A browser counts a line break as one character, and sends two.
      ...(comment !== undefined && comment.trim() !== '' && { comment: comment.replace(/\r\n/gu, '\n') }),
    });
    harmless(c);
    return c.redirect(pathOf(id), 303);
  } catch (error) {
    return await undecided(c, review, visitor, id, problemOf(error));
  }
}

const stale = (c: Context, review: Review, visitor: Visitor, id: string): Answer =>
  showForged(c, review, 'This form is not of your session. Open the email again.', visitor, pathOf(id));

/** What the email is like now says more than the problem alone: who won, or what was changed. */
const SHOWN_WITH_EMAIL: readonly string[] = [
  'already_decided',
  'digest_mismatch',
  'own_decision',
  'conflict',
];

async function undecided(
  c: Context,
  review: Review,
  visitor: Visitor,
  id: string,
  problem: Problem,
): Promise<Response> {
  const alone = (): Answer => showProblem(c, review, problem, visitor, pathOf(id));
  if (!SHOWN_WITH_EMAIL.includes(problem.code)) return await alone();
  try {
    return await showEmail(c, review, visitor, id, problem);
  } catch {
    return await alone();
  }
}
