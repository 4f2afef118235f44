/**
 * @module The HTTP door: a function from Request to Response. It checks the host, makes a request id,
 * hands over to the operations, and writes one line of log, without anything that could hold an address.
 */
import { Hono, type Context } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Problem } from '../errors.js';
import type { Service } from '../service/index.js';
import { addMcp } from '../mcp/http.js';
import { addHookRoute } from '../webhooks/route.js';
import { callerReader } from './caller.js';
import type { Env } from './env.js';
import { commonHeaders, crossOrigin, gzip } from './headers.js';
import { hostCheck } from './host.js';
import type { KeyLimit } from './key-limit.js';
import { otherMethods } from './methods.js';
import { addOpenApi } from './openapi/route.js';
import { addOperationRoutes } from './operation-routes.js';
import { problemOf, problemResponse } from './problem.js';
import { addProblemPages } from './problem-pages.js';
import { requestIdOf } from './request-id.js';

export interface HttpDeps {
  service: Service;
  config: Pick<Config['http'], 'host' | 'allowedHosts' | 'corsOrigins' | 'trustProxy'>;
  /** Shared by all doors of the process that take keys. */
  limit: KeyLimit;
  /** Its host name is served too. */
  publicUrl: string;
  clock: () => Date;
  randomId: () => string;
  log: Pick<Logger, 'info' | 'error'>;
  /** Of the package. */
  version: string;
  /** Milliseconds within which every call is answered. Default 60 000. */
  timeLimit?: number;
  /** Milliseconds for which a tool that held an email may wait for the person at an MCP client. Default 5 000. */
  patience?: number;
}

/** The app; `.fetch` serves, `.request` tests, `.route` adds further doors. */
export function createApp(deps: HttpDeps): Hono<Env> {
  const { service, config, limit, publicUrl, clock, randomId, log, timeLimit = 60_000 } = deps;
  const app = new Hono<Env>();
  const names = [config.host, ...config.allowedHosts, new URL(publicUrl).hostname];
  const checkHost = hostCheck(names);
  const callerOf = callerReader({ service, limit, trustProxy: config.trustProxy });

  app.use('*', async (c, next) => {
    const start = clock().getTime();
    const id = requestIdOf(c.req.raw, randomId);
    c.set('requestId', id);
    await next();
    c.res.headers.set('X-Request-Id', id);
    const ms = clock().getTime() - start;
    // The pattern of the route, not the path: a path can hold an address.
    log.info(
      { requestId: id, method: c.req.method, route: routePath(c as Context, -1), status: c.res.status, ms },
      'request',
    );
  });
  app.use('*', commonHeaders, gzip());
  if (config.corsOrigins.length > 0) app.use('*', crossOrigin(config.corsOrigins));
  app.use('*', async (c, next) => {
    checkHost(c.req.raw);
    await next();
  });

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const readiness = await service.ready();
    const isReady = readiness.store === 'ok' && readiness.temporal === 'ok';
    return c.json(readiness, isReady ? 200 : 503, isReady ? {} : { 'Retry-After': '5' });
  });
  for (const path of ['/healthz', '/readyz']) app.all(path, otherMethods(['GET']));
  addOpenApi(app, publicUrl);
  addProblemPages(app);
  addHookRoute(app, service, config.trustProxy);
  addMcp(app, {
    ...deps,
    callerOf,
    origins: [...names, ...config.corsOrigins.map((one) => new URL(one).hostname)],
  });
  addOperationRoutes(app, { service, callerOf, timeLimit });
  // Here, by `app.route('/compat/<vendor>', …)` on this same service, is where other vendors' dialects are mounted.

  app.notFound((c) =>
    problemResponse(
      new Problem('not_found', { detail: 'there is nothing at this path; the API is under /v1' }),
      c.get('requestId'),
    ),
  );
  app.onError((error, c) => {
    const problem = problemOf(error);
    const requestId = c.get('requestId');
    if (problem.status >= 500)
      log.error({ requestId, code: problem.code, err: problem.cause ?? error }, 'request failed');
    return problemResponse(problem, requestId);
  });
  return app;
}
