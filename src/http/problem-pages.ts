/**
 * @module `/problems/{code}`: what the `docs` of every problem points to, for people as a page, for programs as JSON.
 */
import type { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { html } from 'hono/html';
import { Problem, PROBLEMS, type ProblemCode } from '../errors.js';
import type { Env } from './env.js';
import { otherMethods } from './methods.js';
import { PROBLEM_HELP } from './problem-help.js';

/** All that is known of a problem before it happens. */
export function problemEntry(code: ProblemCode): Record<string, unknown> {
  return { code, ...PROBLEMS[code], ...PROBLEM_HELP[code] };
}

export function addProblemPages(app: Hono<Env>): void {
  app.get('/problems/:code', (c) => {
    const code = c.req.param('code');
    if (!Object.hasOwn(PROBLEMS, code))
      throw new Problem('not_found', { detail: 'there is no problem of that code' });
    const wanted = accepts(c, {
      header: 'Accept',
      supports: ['application/json', 'text/html'],
      default: 'application/json',
    });
    c.header('Vary', 'Accept');
    return wanted === 'text/html'
      ? c.html(page(code as ProblemCode))
      : c.json(problemEntry(code as ProblemCode));
  });
  app.all('/problems/:code', otherMethods(['GET']));
}

function page(code: ProblemCode): ReturnType<typeof html> {
  const { title, status, retryable } = PROBLEMS[code];
  const { meaning, mend } = PROBLEM_HELP[code];
  const again = retryable
    ? 'The same call, unchanged, can succeed later.'
    : 'The same call, unchanged, will fail again.';
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}</title>
      <h1>${title}</h1>
      <p><code>${code}</code>, HTTP status ${status}</p>
      <p>${meaning}</p>
      <p>${mend}</p>
      <p>${again}</p>
    </html>`;
}
