/**
 * @module Schemas of the table as OpenAPI wants them: JSON Schema, with the ones that have a name kept once under
 * `components`.
 */
import { z } from 'zod';
import { PROBLEMS } from '../../errors.js';
import { operationEntries, type Operation } from '../../service/operations.js';
import { NAMED } from './names.js';

export type Json = Record<string, unknown>;

/** The input of an operation as JSON Schema of one object. */
export interface InputShape {
  properties: Record<string, Json>;
  required: string[];
}

export const ref = (section: string, name: string): Json => ({ $ref: `#/components/${section}/${name}` });

/** `messages.send` → `MessagesSend`. */
export const pascal = (name: string): string =>
  name.replace(/(?:^|[.-])(\w)/gu, (_, letter: string) => letter.toUpperCase());

export const inputShape = ({ input }: Operation): InputShape => {
  const shape = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  const { properties = {}, required = [] } = JSON.parse(
    JSON.stringify(shape),
    anything,
  ) as Partial<InputShape>;
  return { properties, required };
};

/** Schemas of answers: `of` gives a reference, or the schema itself; `all` is everything that was referred to. */
export interface AnswerSchemas {
  of(schema: z.ZodType): Json;
  all: Record<string, Json>;
}

export function answerSchemas(): AnswerSchemas {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of NAMED) names.add(schema, { id });
  for (const [name, { output }] of operationEntries())
    if (!names.has(output)) names.add(output, { id: `${pascal(name)}Answer` });
  const all: Record<string, Json> = { Problem: problemSchema() };
  return {
    all,
    of(schema) {
      const text = JSON.stringify(
        z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', metadata: names, override: open }),
      );
      const {
        $schema: _,
        $defs,
        ...rest
      } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
      Object.assign(all, $defs);
      return rest;
    },
  };
}

const ANYTHING: Json = {
  anyOf: [{ type: 'array', items: {} }, { type: ['object', 'string', 'number', 'boolean', 'null'] }],
};

/** "This, or whatever else": the latter is written out, because an empty schema looks like a slip. */
const anything = (name: string, value: unknown): unknown =>
  name === 'anyOf' ? (value as Json[]).map((one) => (Object.keys(one).length === 0 ? ANYTHING : one)) : value;

/** An answer may come to hold more one day; who reads it must not mind. */
function open({ jsonSchema }: { jsonSchema: Json }): void {
  if (jsonSchema['additionalProperties'] === false) delete jsonSchema['additionalProperties'];
}

function problemSchema(): Json {
  const text = { type: 'string' };
  return {
    type: 'object',
    description:
      'RFC 9457 problem details. Further members depend on `code`: `id`, `messageStatus` and `verdict` of the email concerned, the `scope` that is missing, …',
    required: ['type', 'title', 'status', 'code', 'detail', 'retryable', 'docs', 'requestId'],
    properties: {
      type: { type: 'string', description: '`urn:mailwarden:problem:` and the code' },
      title: text,
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      detail: { type: 'string', description: 'What is wrong here, and how to mend it' },
      retryable: { type: 'boolean', description: 'The same call, unchanged, can succeed later' },
      docs: { type: 'string', description: 'The page that explains the code' },
      requestId: text,
      field: { type: 'string', description: 'The first field concerned' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['field', 'message'],
          properties: { field: text, message: text },
        },
      },
      retryAfter: { type: 'number', description: 'Seconds; as in the Retry-After header' },
    },
  };
}

/** Whether an answer can have a field, wherever its schema stands. */
export function hasField(schema: Json, answers: AnswerSchemas, field: string): boolean {
  const { $ref, properties, anyOf } = schema as { $ref?: string; properties?: Json; anyOf?: Json[] };
  const named = $ref === undefined ? undefined : answers.all[$ref.split('/').at(-1) ?? ''];
  if (named) return hasField(named, answers, field);
  return properties?.[field] !== undefined || (anyOf ?? []).some((one) => hasField(one, answers, field));
}
