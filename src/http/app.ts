/**
 * @module The HTTP door: a function from Request to Response. It checks the host, makes a request id,
 * hands over to the operations, and writes one line of log, without anything that could hold an address.
 */
import { Hono, type Context } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { Problem } from '../errors.js';
import type { Service } from '../service/index.js';
import { addHookRoute } from '../webhooks/route.js';
import type { Env } from './env.js';
import { hostCheck } from './host.js';
import { addOperationRoutes } from './operation-routes.js';
import { problemOf, problemResponse } from './problem.js';

export interface HttpDeps {
  service: Service;
  config: { host: string; allowedHosts: readonly string[] };
  /** Its host name is served too. */
  publicUrl: string;
  clock: () => Date;
  randomId: () => string;
  log: Pick<Logger, 'info' | 'error'>;
}

/** The app; `.fetch` serves, `.request` tests, `.route` adds further doors. */
export function createApp({ service, config, publicUrl, clock, randomId, log }: HttpDeps): Hono {
  const app = new Hono<Env>();
  const checkHost = hostCheck([config.host, ...config.allowedHosts, new URL(publicUrl).hostname]);

  app.use('*', async (c, next) => {
    const start = clock().getTime();
    const id = randomId();
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
  addHookRoute(app, service);
  addOperationRoutes(app, service);

  app.notFound(() =>
    problemResponse(
      new Problem('not_found', { detail: 'there is nothing at this path; the API is under /v1' }),
    ),
  );
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem.status >= 500)
      log.error(
        { requestId: c.get('requestId'), code: problem.code, err: problem.cause ?? error },
        'request failed',
      );
    return problemResponse(problem);
  });
  return app as unknown as Hono;
}
