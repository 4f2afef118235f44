/** @module The paths that are no operations: they need no key. */
import type { ProblemCode } from '../../errors.js';
import { headerRefs, problemResponses } from './responses.js';
import type { Json } from './schemas.js';

const text = { type: 'string' };
const object = (properties: Json): Json => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

interface Open {
  id: string;
  summary: string;
  description: string;
  /** 200, as JSON. */
  schema: Json;
  example: unknown;
  problems?: ProblemCode[];
}

function open({ id, summary, description, schema, example, problems = [] }: Open): Json {
  return {
    operationId: id,
    tags: ['server'],
    summary,
    description,
    security: [],
    responses: {
      200: {
        description: summary,
        headers: headerRefs('X-Request-Id'),
        content: { 'application/json': { schema, example } },
      },
      ...problemResponses([...problems, 'misdirected', 'internal'], ['X-Request-Id']),
    },
  };
}

const state = { type: 'string', enum: ['ok', 'down'] };
const readiness = object({ store: state, temporal: state });

export function otherPaths(): Json {
  const ready = open({
    id: 'server.ready',
    summary: 'Say whether the server can take requests',
    description: 'Both services that it needs answer; else 503 says which does not.',
    schema: readiness,
    example: { store: 'ok', temporal: 'ok' },
  });
  return {
    '/healthz': {
      get: open({
        id: 'server.health',
        summary: 'Say that the server runs',
        description: 'It answers, whatever becomes of the services behind it.',
        schema: object({ status: { type: 'string', enum: ['ok'] } }),
        example: { status: 'ok' },
      }),
    },
    '/readyz': {
      get: {
        ...ready,
        responses: {
          ...(ready['responses'] as Json),
          503: {
            description: 'A service that is needed does not answer.',
            headers: headerRefs('X-Request-Id', 'Retry-After'),
            content: {
              'application/json': { schema: readiness, example: { store: 'ok', temporal: 'down' } },
            },
          },
        },
      },
    },
    '/openapi.json': {
      get: open({
        id: 'server.openapi',
        summary: 'Describe this API',
        description: 'This document.',
        schema: object({ openapi: text, paths: { type: 'object' } }),
        example: { openapi: '3.1.0', paths: {} },
      }),
    },
    '/problems/{code}': { get: problemPage() },
    '/v1/hooks/{provider}': { post: hook('hooks.receive', ['provider']) },
    '/v1/hooks/{provider}/{endpoint}': { post: hook('hooks.receive.endpoint', ['provider', 'endpoint']) },
  };
}

function problemPage(): Json {
  const example = {
    ...{ code: 'not_found', status: 404, retryable: false, title: 'There is no such thing' },
    ...{ meaning: 'There is nothing of that id or path that this key may see.', mend: 'Check the id.' },
  };
  const described = open({
    id: 'server.problem',
    summary: 'Explain a problem',
    description: 'What `docs` of a problem points to: JSON, or a page for who asks for HTML.',
    schema: object({
      ...{ code: text, status: { type: 'integer' }, retryable: { type: 'boolean' } },
      ...{ title: text, meaning: text, mend: text },
    }),
    example,
    problems: ['not_found'],
  });
  const [json] = Object.values(described['responses'] as Record<string, { content: Json }>);
  if (json) json.content['text/html'] = { schema: text };
  return {
    ...described,
    parameters: [{ name: 'code', in: 'path', required: true, schema: text, example: 'not_found' }],
  };
}

const HOOK_FIELDS = {
  provider: { description: 'Its name in the config.', example: 'smtp' },
  endpoint: {
    description: 'Its `webhookEndpoint`, where it has one: then only this path takes them. Else `default`.',
    example: 'default',
  },
};

function hook(operationId: string, fields: readonly (keyof typeof HOOK_FIELDS)[]): Json {
  return {
    operationId,
    tags: ['hooks'],
    summary: "Take a provider's reports",
    description:
      'Deliveries, bounces and complaints, as this provider writes and signs them. There is no API key: the signature over the bytes is what lets them in. Repeated reports have one effect.',
    security: [],
    parameters: fields.map((name) => ({
      ...{ name, in: 'path', required: true, schema: text },
      ...HOOK_FIELDS[name],
    })),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { description: "The provider's own format." }, example: {} } },
    },
    responses: {
      200: {
        description: 'What became of the reports.',
        headers: headerRefs('X-Request-Id'),
        content: {
          'application/json': {
            schema: object({
              ...{ applied: { type: 'integer' }, duplicates: { type: 'integer' } },
              unmatched: { type: 'integer' },
            }),
            example: { applied: 1, duplicates: 0, unmatched: 0 },
          },
        },
      },
      ...problemResponses(
        [
          ...([
            'invalid_json',
            'invalid_request',
            'invalid_signature',
            'not_found',
            'body_too_large',
          ] as const),
          ...(['unsupported_media_type', 'misdirected', 'internal', 'unavailable'] as const),
        ],
        ['X-Request-Id'],
      ),
    },
  };
}

/** What a webhook of yours gets for an event of one type. */
export const posted = (type: string, schema: Json, example: unknown): Json => ({
  operationId: `events.${type}`,
  tags: ['webhooks'],
  summary: `\`${type}\` happened`,
  description:
    'Signed by the Standard Webhooks scheme, over the bytes of the body: check it before anything else. An event can come more than once, under the same `webhook-id`; those of one email come in order.',
  // The signature takes the place of a key.
  security: [],
  parameters: ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
    ...{ name, in: 'header', required: true, schema: text },
  })),
  requestBody: { required: true, content: { 'application/json': { schema, example } } },
  responses: {
    '2XX': { description: 'It is delivered.' },
    '410': { description: 'The webhook is switched off.' },
    '4XX': { description: 'It is sent again later.' },
  },
});
