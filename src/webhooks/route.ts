/**
 * @module The door for providers: `POST /v1/hooks/{provider}`, raw bytes in, counts out. There is no API
 * key; the provider's signature over those bytes is what lets it in.
 */
import type { Hono } from 'hono';
import { readBytes } from '../http/body.js';
import type { Env } from '../http/env.js';
import { otherMethods } from '../http/methods.js';
import type { Service } from '../service/index.js';

const LIMIT = 1024 * 1024;

export function addHookRoute(app: Hono<Env>, service: Service): void {
  app.post('/v1/hooks/:provider', async (c) => {
    const body = await readBytes(c.req.raw, LIMIT);
    return c.json(await service.receiveReports(c.req.param('provider'), body, c.req.raw.headers));
  });
  app.all('/v1/hooks/:provider', otherMethods(['POST']));
}
