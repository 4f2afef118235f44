/** @module What a path answers to the methods that it does not have. */
import type { Context, Handler } from 'hono';
import { Problem } from '../errors.js';
import type { Env } from './env.js';
import { problemResponse } from './problem.js';

/** For `app.all`, after the methods that there are: OPTIONS says which, everything else is told. */
export function otherMethods(methods: readonly string[]): Handler<Env> {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const problem = new Problem('method_not_allowed', { detail: `this path takes ${allow}` });
  return (c: Context<Env>) =>
    c.req.method === 'OPTIONS'
      ? new Response(null, { status: 204, headers: { Allow: allow } })
      : problemResponse(problem, c.get('requestId'), { Allow: allow });
}
