/**
 * @module The schema of a tool: what a model may write. Made from the operation's input, without what is fixed by the
 * key, what only HTTP knows, and what a model cannot write.
 */
import { z } from 'zod';
import { OPERATIONS, type Operation } from '../service/operations.js';
import { FIELD_WORDS } from './field-words.js';
import type { Tool } from './toolset.js';

export interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  [more: string]: unknown;
}

export interface SchemaOptions {
  /** The key has one mailbox, or the caller names it: the model does not choose it. */
  fixedMailbox?: boolean;
}

/** An object schema without `$schema`, `$ref` or a choice at its root: every vendor takes that. */
export function schemaOf(
  tool: Pick<Tool, 'operation' | 'required'>,
  options: SchemaOptions = {},
): JsonSchema {
  const operation: Operation = OPERATIONS[tool.operation];
  const made = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  const { type, properties = {}, required = [] } = made as JsonSchema;
  const hidden = hiddenFields(operation, options);
  const shown = Object.entries(properties).filter(([name]) => !hidden.has(name));
  const needed = [...new Set([...required, ...tool.required])].filter((name) => !hidden.has(name));
  return {
    type: type ?? 'object',
    properties: Object.fromEntries(shown.map(([name, one]) => [name, described(name, flat(one))])),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
}

/** Fields that are not the model's: what only HTTP knows, raw bytes, and the mailbox where that is fixed. */
export function hiddenFields(
  { headers = {}, path }: Operation,
  { fixedMailbox }: SchemaOptions,
): Set<string> {
  const hidden = new Set([...Object.keys(headers), 'bytes']);
  // A header only because the body is the bytes: beside base64 it is a field like any other.
  hidden.delete('contentType');
  // Where the path is about mailboxes, the mailbox is what it is about.
  if (fixedMailbox === true && !/^\/v1\/mailboxes\/\{mailbox\}$/u.test(path)) hidden.add('mailbox');
  return hidden;
}

const described = (name: string, schema: JsonSchema): JsonSchema => ({
  ...(schema.description === undefined &&
    Object.hasOwn(FIELD_WORDS, name) && { description: FIELD_WORDS[name] }),
  ...schema,
});

/** A choice in a choice is one choice; models read flat ones better. */
function flat(schema: JsonSchema): JsonSchema {
  const { anyOf, items, ...rest } = schema;
  const choices = anyOf?.map(flat).flatMap((one) => (isOnlyChoice(one) ? one.anyOf : [one]));
  return { ...rest, ...(choices && { anyOf: choices }), ...(items && { items: flat(items) }) };
}

const isOnlyChoice = (schema: JsonSchema): schema is JsonSchema & { anyOf: JsonSchema[] } =>
  schema.anyOf !== undefined && Object.keys(schema).length === 1;
