/** @module The whole document: everything that a caller can ask, made from the table that the routes are made from. */
import { EVENT_TYPES } from '../../core/events.js';
import { PROBLEMS, type ProblemCode } from '../../errors.js';
import { OPERATIONS, operationEntries } from '../../service/operations.js';
import { eventSchema } from '../../service/schemas/event.js';
import { TAGS } from './names.js';
import { describe } from './operation.js';
import { otherPaths, posted } from './others.js';
import { HEADERS, problemExample } from './responses.js';
import { answerSchemas, type Json } from './schemas.js';

const ABOUT = `Governed, durable email for agents.

Every list is a page: \`cursor\` continues it, \`limit\` bounds it. Times are ISO 8601 in UTC. A failure is an RFC 9457
problem with a stable \`code\`. A send may be repeated after any failure with the same \`Idempotency-Key\`: it is never
sent twice. Your own \`X-Request-Id\` (at most 64 letters, digits, dots, dashes, underscores) is taken over.`;

const EVENT = OPERATIONS['events.get'].example.output;

export function openApiDocument(publicUrl: string): Json {
  const answers = answerSchemas();
  const bodies: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  for (const [name, operation] of operationEntries())
    for (const path of [operation.path, operation.shortPath].filter((one) => one !== undefined))
      (paths[path] ??= {})[operation.method.toLowerCase()] = describe({
        name,
        operation,
        path,
        answers,
        bodies,
      });
  Object.assign(paths, otherPaths());
  const used = new Set(
    Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap((one) => (one as { tags: string[] }).tags),
    ),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mailwarden',
      version: '1',
      description: ABOUT,
      contact: { name: 'Mailwarden' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    security: [{ key: [] }],
    tags: [...used].map((name) => ({ name, description: TAGS[name] })),
    paths,
    webhooks: Object.fromEntries(
      EVENT_TYPES.map((type) => [type, { post: posted(type, answers.of(eventSchema), { ...EVENT, type }) }]),
    ),
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An API key, `mw_live_…` or, for the sandbox, `mw_test_…`. Its scopes are said with each call.',
        },
      },
      headers: HEADERS,
      examples: Object.fromEntries(
        // No operation answers that its own method is not there.
        (Object.keys(PROBLEMS) as ProblemCode[])
          .filter((code) => code !== 'method_not_allowed')
          .map((code) => [code, problemExample(code)]),
      ),
      schemas: { ...answers.all, ...bodies },
    },
  };
}
