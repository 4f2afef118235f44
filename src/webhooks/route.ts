/**
 * @module The door for providers: `POST /v1/hooks/{provider}/{endpoint}`, raw bytes in, counts out. There is no API
 * key; the provider's signature over those bytes is what lets it in.
 */
import type { Context, Hono } from 'hono';
import { readBytes } from '../http/body.js';
import { clientAddress } from '../http/caller.js';
import type { Env } from '../http/env.js';
import { otherMethods } from '../http/methods.js';
import type { Service } from '../service/index.js';

const LIMIT = 1024 * 1024;

export function addHookRoute(app: Hono<Env>, service: Service, trustProxy: boolean): void {
  const receive = async (c: Context<Env>): Promise<Response> => {
    const body = await readBytes(c.req.raw, LIMIT);
    const { provider = '', endpoint } = c.req.param() as Record<string, string | undefined>;
    const from = clientAddress(c, trustProxy);
    return c.json(
      await service.receiveReports({ provider, endpoint, body, headers: c.req.raw.headers, from }),
    );
  };
  for (const path of ['/v1/hooks/:provider', '/v1/hooks/:provider/:endpoint']) {
    app.post(path, receive);
    app.all(path, otherMethods(['POST']));
  }
}
