/** @module Signing in with an API key, and out again. */
import type { Context, Hono } from 'hono';
import { harmless, problemOf, show, showForged, showProblem } from './answer.js';
import type { Review } from './deps.js';
import { fieldsOf, ownForm } from './form.js';
import { BASE, safeNext } from './origin.js';
import { isFormOf } from './sessions.js';
import { signInPage } from './small-pages.js';
import { reviewerOf, signIn, signOut, visitorOf } from './visitor.js';

export function addSessionRoutes(app: Hono, review: Review): void {
  app.post(`${BASE}/session`, ownForm(review), (c) => open(c, review));
  app.post(`${BASE}/sign-out`, ownForm(review), (c) => close(c, review));
}

async function open(c: Context, review: Review): Promise<Response> {
  const { key = '', next } = await fieldsOf(c);
  const path = safeNext(next);
  const attempt = review.attempts.begin();
  if (!attempt.allowed) {
    c.header('Retry-After', String(attempt.seconds));
    const why = `Too many sign-ins failed. Try again in ${attempt.seconds} s.`;
    return await show(c, review, signInPage(path, why), null, 429);
  }
  try {
    await reviewerOf(c, review, key.trim());
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status >= 500) return await showProblem(c, review, problem);
    const { detail, retryAfter } = problem.details;
    if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
    return await show(c, review, signInPage(path, detail), null, problem.status);
  }
  attempt.succeeded();
  signIn(c, review, key.trim());
  harmless(c);
  return c.redirect(path, 303);
}

async function close(c: Context, review: Review): Promise<Response> {
  const visitor = await visitorOf(c, review);
  if (visitor !== null && typeof visitor !== 'string') {
    const { csrf } = await fieldsOf(c);
    if (!isFormOf(visitor.session, csrf))
      return await showForged(c, review, 'This form is not of your session.', visitor);
    signOut(c, review);
  }
  harmless(c);
  return c.redirect(BASE, 303);
}
