/**
 * @module The schemas that a tool shows. They are shown, not enforced here: the operation itself reads the input, and
 * its answer to a wrong one says how to mend it.
 */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { OPERATIONS } from '../service/operations.js';
import { schemaOf, type JsonSchema } from '../tools/schema.js';
import type { Tool } from '../tools/toolset.js';

export interface ToolSchemas {
  input: StandardSchemaWithJSON<Record<string, unknown>>;
  output: StandardSchemaWithJSON<Record<string, unknown>>;
}

/** Makes each schema once: a stateless server registers its tools anew for every request. */
export function toolSchemas(): (tool: Tool, fixedMailbox: boolean) => ToolSchemas {
  const made = new Map<string, ToolSchemas>();
  return (tool, fixedMailbox) => {
    const name = `${tool.tool} ${fixedMailbox}`;
    const found = made.get(name) ?? {
      input: shown(schemaOf(tool, { fixedMailbox })),
      output: shown(outputOf(tool)),
    };
    made.set(name, found);
    return found;
  };
}

/**
 * What the operation answers, or a problem: there are clients that hold a failed result, too, against the schema, and
 * crash where it does not fit. MCP wants an object at the root.
 */
function outputOf({ operation }: Tool): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(OPERATIONS[operation].output, {
    io: 'output',
    unrepresentable: 'any',
    reused: 'inline',
  }) as JsonSchema;
  return { type: 'object', anyOf: [...(made.anyOf ?? [made]), PROBLEM] };
}

const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'Why it was not done, and what to do next.',
  properties: {
    code: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    retryable: { type: 'boolean', description: 'The same call, unchanged, can succeed later.' },
    nextStep: { type: 'string' },
  },
  required: ['code', 'status', 'detail', 'retryable', 'nextStep'],
};

const shown = (json: JsonSchema): StandardSchemaWithJSON<Record<string, unknown>> => ({
  '~standard': {
    version: 1,
    vendor: 'mailwarden',
    validate: (value) => ({ value: value as Record<string, unknown> }),
    jsonSchema: { input: () => json, output: () => json },
  },
});
