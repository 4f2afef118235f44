/** @module How a page leaves this door: with the headers that keep it harmless, and errors as pages. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { PROBLEMS, type Problem } from '../errors.js';
import type { Review } from './deps.js';
import type { Page } from './frame.js';
import { refusalPage } from './small-pages.js';
import type { Visitor } from './visitor.js';

export { problemOf } from '../service/index.js';

/** On every answer, redirects too. */
export function harmless(c: Context): void {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
}

export function show(
  c: Context,
  { secret }: Pick<Review, 'secret'>,
  page: Page,
  visitor: Visitor | null = null,
  status = 200,
): Response | Promise<Response> {
  harmless(c);
  const nonce = secret();
  c.header(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  );
  const signedIn = visitor && { ...visitor.caller, csrf: visitor.session.csrf };
  return c.html(page({ nonce, visitor: signedIn ?? undefined }), status as ContentfulStatusCode);
}

export function showProblem(
  c: Context,
  review: Review,
  problem: Problem,
  visitor: Visitor | null = null,
  back?: string,
): Response | Promise<Response> {
  if (problem.status >= 500)
    review.log?.error({ code: problem.code, err: problem.cause ?? problem }, 'review page failed');
  const { retryAfter } = problem.details;
  if (retryAfter !== undefined) c.header('Retry-After', String(Math.ceil(retryAfter)));
  return show(
    c,
    review,
    refusalPage(PROBLEMS[problem.code].title, problem.details.detail, back),
    visitor,
    problem.status,
  );
}

/** A form that can't be from the page that it claims to be from. */
export function showForged(
  c: Context,
  review: Review,
  detail: string,
  visitor: Visitor | null = null,
  back?: string,
): Response | Promise<Response> {
  return show(c, review, refusalPage('Nothing was done', detail, back), visitor, 403);
}
