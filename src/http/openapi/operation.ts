/** @module One operation of the table as OpenAPI describes it. */
import { misplaced, pathFields, type Operation } from '../../service/operations.js';
import { headerRefs, problemResponses, problemsOf } from './responses.js';
import { linksOf } from './links.js';
import {
  hasField,
  inputShape,
  pascal,
  ref,
  type AnswerSchemas,
  type InputShape,
  type Json,
} from './schemas.js';

export const KEYED = ['X-Request-Id', 'RateLimit-Policy', 'RateLimit'] as const;

export interface Described {
  name: string;
  operation: Operation;
  /** One of its paths. */
  path: string;
  answers: AnswerSchemas;
  /** Bodies by name, filled here. */
  bodies: Record<string, Json>;
}

export function describe({ name, operation, path, answers, bodies }: Described): Json {
  const shape = inputShape(operation);
  const isShort = path === operation.shortPath;
  const example = operation.example?.input ?? {};
  return {
    operationId: isShort ? `${name}.short` : name,
    tags: [name.split('.')[0]],
    summary: operation.cli.summary,
    description: [operation.description ?? `${operation.cli.summary}.`, scopesOf(operation), isShort && SHORT]
      .filter(Boolean)
      .join('\n\n'),
    security: [{ key: [] }],
    parameters: parametersOf(operation, path, shape, example),
    ...(hasBody(operation) && { requestBody: bodyOf(name, operation, shape, example, bodies) }),
    responses: {
      [operation.success]: success(name, operation, answers),
      ...(isVersioned(operation, answers) &&
        operation.method === 'GET' && {
          '304': { description: 'You have this version already.', headers: headerRefs(...KEYED, 'ETag') },
        }),
      ...problemResponses(problemsOf(operation), KEYED),
    },
  };
}

const SHORT = 'For a key that has one mailbox, which then need not be named.';

const hasBody = ({ method }: Operation): boolean => method !== 'GET' && method !== 'DELETE';

const scopesOf = ({ scopes }: Operation): string =>
  scopes.length === 0
    ? 'Any key may ask; what it may see or do depends on its scopes.'
    : `The key needs ${scopes.map((one) => `\`${one}\``).join(' or ')}.`;

/** Those of the path, the headers and, where there is no body, the query. */
function parametersOf(operation: Operation, path: string, shape: InputShape, example: Json): Json[] {
  const { headers = {} } = operation;
  const parameter = (field: string, name: string, place: string): Json => {
    const schema = listOf(shape.properties[field] ?? {});
    return {
      name,
      in: place,
      required: place === 'path' || shape.required.includes(field),
      schema,
      ...(schema['type'] === 'array' && { style: 'form', explode: false }),
      ...(example[field] !== undefined && {
        example: schema['type'] === 'array' ? [example[field]].flat() : example[field],
      }),
    };
  };
  const inQuery = hasBody(operation)
    ? []
    : Object.keys(shape.properties).filter((field) => misplaced(operation, field) === null);
  return [
    ...pathFields(path).map((field) => parameter(field, field, 'path')),
    ...Object.entries(headers)
      // OpenAPI says the media type elsewhere.
      .filter(([, name]) => name !== 'Content-Type')
      .map(([field, name]) => parameter(field, name, 'header')),
    ...inQuery.map((field) => parameter(field, field, 'query')),
  ];
}

/** One or several, with commas: in a query that is a list. */
const listOf = (schema: Json): Json =>
  ((schema['anyOf'] ?? []) as Json[]).find((one) => one['type'] === 'array') ?? schema;

function bodyOf(
  name: string,
  operation: Operation,
  shape: InputShape,
  example: Json,
  bodies: Record<string, Json>,
): Json {
  if (operation.takes === 'bytes')
    return {
      // Without one it is a file of no bytes.
      required: false,
      content: { '*/*': { schema: { description: 'The bytes, whatever they are.' } } },
    };
  const inBody = (field: string): boolean => misplaced(operation, field) === null;
  const only = (all: Json): Json =>
    Object.fromEntries(Object.entries(all).filter(([field]) => inBody(field)));
  const required = shape.required.filter(inBody);
  const title = `${pascal(name)}Body`;
  bodies[title] = {
    type: 'object',
    properties: only(shape.properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
  return {
    required: required.length > 0,
    content: { 'application/json': { schema: ref('schemas', title), example: only(example) } },
  };
}

function success(name: string, operation: Operation, answers: AnswerSchemas): Json {
  const example = operation.example?.output;
  const schema = answers.of(operation.output);
  const content =
    operation.gives === 'events'
      ? {
          'text/event-stream': {
            schema: { type: 'string', description: 'Server-sent events; `data` is one event as JSON.' },
            ...(example !== undefined && { example: `data: ${JSON.stringify(example)}\n\n` }),
          },
        }
      : {
          'application/json': { schema, ...(example !== undefined && { example }) },
          ...(operation.mediaType !== undefined && { [operation.mediaType]: { schema: { type: 'string' } } }),
        };
  const links = linksOf(name, schema, answers);
  const own = [
    ...(isVersioned(operation, answers) ? ['ETag'] : []),
    ...(hasField(schema, answers, 'retryAfter') ? ['Retry-After'] : []),
    ...(operation.keepsAnswer || hasField(schema, answers, 'replayed') ? ['Idempotency-Replayed'] : []),
  ];
  return {
    description: operation.cli.summary,
    headers: headerRefs(...KEYED, ...own),
    content,
    ...(links && { links }),
  };
}

const isVersioned = ({ output }: Operation, answers: AnswerSchemas): boolean =>
  hasField(answers.of(output), answers, 'version');
