/** @module Header fields that every answer of this door has, and those that a browser may show to a page. */
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './env.js';
import { rateLimitHeaders } from './key-limit.js';

const HARMLESS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** What keeps an answer harmless in a browser, and what is left of the key's rate. */
export const commonHeaders: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  const allowance = c.get('allowance');
  const { headers } = c.res;
  for (const [name, value] of Object.entries({ ...HARMLESS, ...(allowance && rateLimitHeaders(allowance)) }))
    if (!headers.has(name)) headers.set(name, value);
};

/** Answers of more than 1 kB, where the caller takes gzip; never a stream of events, which would wait in it. */
export const gzip = (): MiddlewareHandler<Env> =>
  compress({
    encoding: 'gzip',
    threshold: 1024,
    contentTypeFilter: /^(application\/(problem\+)?json|text\/html)\b/u,
  });

/** For pages of these origins. A page never gets more than a key of its own: there are no cookies here. */
export const crossOrigin = (origins: readonly string[]): MiddlewareHandler<Env> => {
  const open = cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      ...['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'],
      ...['Last-Event-ID', 'X-Request-Id'],
      ...['MCP-Protocol-Version', 'Mcp-Session-Id', 'Mcp-Method', 'Mcp-Name'],
    ],
    exposeHeaders: [
      ...['ETag', 'Idempotency-Replayed', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
      'Mcp-Session-Id',
    ],
    maxAge: 600,
  });
  return async (c, next) => {
    // Any other OPTIONS asks which methods there are.
    const isPreflight =
      c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
    if (c.req.method !== 'OPTIONS' || isPreflight) return await open(c, next);
    await next();
  };
};
