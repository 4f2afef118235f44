/** @module The tools as each vendor's API takes them. */
import { CATALOG, TOOLSET_NAMES, type CatalogTool } from './catalog.js';
import type { JsonSchema } from './schema.js';

export const FORMATS = ['openai', 'anthropic', 'json-schema', 'vercel-ai'] as const;
export type Format = (typeof FORMATS)[number];

export interface Selection {
  /** Default: `default`. */
  toolsets?: readonly string[];
  /** Of these, only the tools with these names. */
  only?: readonly string[];
  /** The mailbox is fixed, by the key or by `handleToolCall`: the model does not see the field. */
  fixedMailbox?: boolean;
}

export interface OpenAiTool {
  type: 'function';
  /** Not strict: strict mode knows no optional field, and most fields of an email are. */
  function: { name: string; description: string; parameters: JsonSchema; strict: false };
}
export interface AnthropicTool {
  name: string;
  description: string;
  input_schema: JsonSchema & { type: 'object' };
}
export interface JsonSchemaTool {
  name: string;
  description: string;
  inputSchema: JsonSchema;
  annotations: CatalogTool['hints'];
}
/** As `tools` of the AI SDK takes it, by the tool's name. Its schema is a Standard Schema; as JSON it is the plain one. */
export interface VercelTool {
  description: string;
  inputSchema: StandardSchema;
}
export interface StandardSchema {
  '~standard': {
    version: 1;
    vendor: 'mailwarden';
    validate: (value: unknown) => { value: Record<string, unknown> };
    jsonSchema: { input: () => JsonSchema; output: () => JsonSchema };
    types?: { input: Record<string, unknown>; output: Record<string, unknown> };
  };
  toJSON: () => JsonSchema;
}

export interface Definitions {
  openai: OpenAiTool[];
  anthropic: AnthropicTool[];
  'json-schema': JsonSchemaTool[];
  'vercel-ai': Record<string, VercelTool>;
}

/** @throws RangeError where there is no such toolset or tool; it names those that there are. */
export function toolDefinitions<F extends Format>(options: Selection & { format: F }): Definitions[F];
export function toolDefinitions({ format, ...selection }: Selection & { format: Format }): unknown {
  const tools = chosen(selection);
  switch (format) {
    case 'openai':
      return tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema, strict: false },
      }));
    case 'anthropic':
      return tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema }));
    case 'json-schema':
      return tools.map(({ name, description, schema, hints }) => ({
        ...{ name, description, inputSchema: schema, annotations: hints },
      }));
    case 'vercel-ai':
      return Object.fromEntries(
        tools.map(({ name, description, schema }) => [name, { description, inputSchema: standard(schema) }]),
      );
  }
}

interface Chosen {
  name: string;
  description: string;
  hints: CatalogTool['hints'];
  schema: JsonSchema;
}

function chosen({ toolsets = ['default'], only, fixedMailbox = false }: Selection): Chosen[] {
  const names = new Set(toolsets.flatMap((name) => named(TOOLSET_NAMES, name, 'toolset')));
  for (const name of only ?? []) if (!names.has(name)) named({}, name, 'tool in these toolsets', [...names]);
  return [...names]
    .filter((name) => only?.includes(name) ?? true)
    .map((name) => {
      const { description, hints, schema, takesMailbox } = named(CATALOG, name, 'tool');
      return { name, description, hints, schema: fixedMailbox && takesMailbox ? unboxed(schema) : schema };
    });
}

function named<T>(all: Readonly<Record<string, T>>, name: string, what: string, known = Object.keys(all)): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found === undefined)
    throw new RangeError(`there is no ${what} named ${name}; there are ${known.join(', ')}`);
  return found;
}

function unboxed({ properties = {}, required = [], ...rest }: JsonSchema): JsonSchema {
  const { mailbox: _, ...shown } = properties;
  const needed = required.filter((name) => name !== 'mailbox');
  return { ...rest, properties: shown, ...(needed.length > 0 && { required: needed }) };
}

/** Anything passes: the server reads the input, and its answer tells the model how to mend it. */
const standard = (schema: JsonSchema): StandardSchema => ({
  '~standard': {
    version: 1,
    vendor: 'mailwarden',
    validate: (value) => ({ value: value as Record<string, unknown> }),
    // A copy: the AI SDK writes into what it gets.
    jsonSchema: { input: () => structuredClone(schema), output: () => structuredClone(schema) },
  },
  toJSON: () => schema,
});
