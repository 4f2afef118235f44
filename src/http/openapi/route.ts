/** @module `/openapi.json`: the whole API as OpenAPI 3.1, for everybody. */
import type { Hono } from 'hono';
import type { Env } from '../env.js';
import { otherMethods } from '../methods.js';
import { openApiDocument } from './document.js';

export function addOpenApi(app: Hono<Env>, publicUrl: string): void {
  // Made when it is first asked for: most processes never are.
  let text: string | undefined;
  app.get('/openapi.json', (c) => {
    text ??= JSON.stringify(openApiDocument(publicUrl));
    return c.body(text, 200, {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
      'Cache-Control': 'public, max-age=300',
    });
  });
  app.all('/openapi.json', otherMethods(['GET']));
}
