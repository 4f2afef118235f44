/** @module How a posted form is read: bounded, from our own pages only, and text only. */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from '../errors.js';
import { showForged, showProblem } from './answer.js';
import type { Review } from './deps.js';
import { isForeign } from '../http/foreign.js';

/** A comment of a thousand characters, percent-encoded, with room. */
const LIMIT = 16_384;

/** Stands before every POST. */
export function ownForm(review: Review): MiddlewareHandler {
  const size = bodyLimit({
    maxSize: LIMIT,
    onError: (c) =>
      showProblem(
        c,
        review,
        new Problem('body_too_large', { detail: `the form must be at most ${LIMIT} bytes` }),
      ),
  });
  return async (c, next) => {
    if (isForeign(c.req.raw, review.publicUrl))
      return await showForged(c, review, 'This form was sent from another site.');
    return await size(c, next);
  };
}

/** The text fields of a form; what can't be read has none. */
export async function fieldsOf(c: Context): Promise<Partial<Record<string, string>>> {
  const body = await c.req.parseBody().catch(() => ({}));
  return Object.fromEntries(
    Object.entries(body).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
}
