/**
 * @module Every tool with its schema, as plain data. The build puts the result in the place of this module, as it does
 * with the routes of the client: who gives tools to a model needs nothing of what a server loads.
 */
import { OPERATIONS, type Operation, type OperationName } from '../service/operations.js';
import { hiddenFields, schemaOf, type JsonSchema } from './schema.js';
import { hintsOf, TOOLS, TOOLSETS, type Tool, type ToolHints } from './toolset.js';

export interface CatalogTool {
  operation: OperationName;
  description: string;
  hints: ToolHints;
  schema: JsonSchema;
  /** Fields of the operation that are not the model's to write. */
  hidden: readonly string[];
  /** A mailbox that is fixed takes the field `mailbox` away. */
  takesMailbox: boolean;
  /** How a call tells its repetition from another call: `dedupeKey` in the input, or the key of the call. */
  once: 'dedupeKey' | 'idempotencyKey' | 'nature';
}

export const CATALOG: Readonly<Record<string, CatalogTool>> = Object.fromEntries(
  TOOLS.map((tool) => [tool.tool, entryOf(tool)]),
);

/** Names of the tools in each toolset. */
export const TOOLSET_NAMES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(TOOLSETS).map(([name, tools]) => [name, tools.map(({ tool }) => tool)]),
);

function entryOf(tool: Tool): CatalogTool {
  const operation: Operation = OPERATIONS[tool.operation];
  const schema = schemaOf(tool);
  const { properties = {} } = schema;
  const isKeyed = 'idempotencyKey' in (operation.headers ?? {});
  return {
    operation: tool.operation,
    description: tool.description,
    hints: hintsOf(tool),
    schema,
    hidden: [...hiddenFields(operation, {})],
    takesMailbox: 'mailbox' in properties && hiddenFields(operation, { fixedMailbox: true }).has('mailbox'),
    once: 'dedupeKey' in properties ? 'dedupeKey' : isKeyed ? 'idempotencyKey' : 'nature',
  };
}
