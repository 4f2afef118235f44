/**
 * @module The operations as tools for models: name, words and toolset of each. MCP, the tool schemas of other vendors
 * and `handleToolCall` are made from this one table, so that a model reads the same words through every door.
 */
import { OPERATIONS, operationEntries, type Operation, type OperationName } from '../service/operations.js';
import { DEFAULT_TOOLS, SHARED_WORDS, type Words } from './words.js';

export interface Tool {
  /** What the model calls: `send_email`, `drafts_create`. */
  tool: string;
  operation: OperationName;
  /** For people who look at a list of tools. */
  title: string;
  description: string;
  /** Fields that a model has to fill in, besides those that the operation itself requires. */
  required: readonly string[];
}

/** What a client may show or ask before it calls; the names are those of MCP. */
export interface ToolHints {
  title: string;
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** A stream has no one answer, and raw bytes are nothing that a model writes. */
const isTool = ({ gives }: Operation): boolean => gives !== 'events';

/** The small set that an agent needs, then one toolset for each noun, then everything. */
export const TOOLSETS: Readonly<Record<string, readonly Tool[]>> = toolsets();

/** Every tool, once. */
export const TOOLS: readonly Tool[] = TOOLSETS['all'] ?? [];

/** The tools of some toolsets, each once. @throws RangeError that names the toolsets there are. */
export function toolsOf(names: readonly string[] = ['default']): Tool[] {
  const found = names.flatMap((name) => {
    const tools = Object.hasOwn(TOOLSETS, name) ? TOOLSETS[name] : undefined;
    if (!tools)
      throw new RangeError(`there is no toolset ${name}; there are ${Object.keys(TOOLSETS).join(', ')}`);
    return tools;
  });
  return [...new Set(found)];
}

/** Read-only, destructive, idempotent: as the operation says. */
export function hintsOf({ operation: name, title }: Tool): ToolHints {
  const operation: Operation = OPERATIONS[name];
  const isRead = operation.method === 'GET' || READS.has(name);
  return {
    title,
    readOnlyHint: isRead,
    destructiveHint: !isRead && (operation.destructive ?? false),
    // A model gives no Idempotency-Key, so what only a key makes safe is not.
    idempotentHint: operation.idempotent,
    // Only an email leaves the house.
    openWorldHint: SENDS.has(name),
  };
}

/** A POST only because an address does not belong in a URL. */
const READS: ReadonlySet<string> = new Set(['addresses.check']);
const SENDS: ReadonlySet<string> = new Set(['messages.send', 'messages.batch', 'drafts.submit']);

function toolsets(): Record<string, Tool[]> {
  const entries = operationEntries().filter(([, operation]) => isTool(operation));
  const all = new Map(entries.map(([name, operation]) => [name as string, toolFor(name, operation)]));
  const sets: Record<string, Tool[]> = {
    default: Object.keys(DEFAULT_TOOLS).flatMap((name) => all.get(name) ?? []),
  };
  for (const [name, tool] of all) {
    if (Object.hasOwn(DEFAULT_TOOLS, name)) continue;
    const [noun = ''] = name.split('.');
    (sets[noun] ??= []).push(tool);
  }
  return { ...sets, all: [...new Set([...(sets['default'] ?? []), ...all.values()])] };
}

function toolFor(name: OperationName, operation: Operation): Tool {
  const words: Words | undefined = (DEFAULT_TOOLS as Readonly<Record<string, Words>>)[name];
  const tool = words?.tool ?? snake(name);
  const shared = SHARED_WORDS.filter(({ of }) => of.has(name)).map(({ text }) => text);
  return {
    tool,
    operation: name,
    title: words?.title ?? operation.cli.summary,
    description: [words?.description ?? operation.description ?? `${operation.cli.summary}.`, ...shared].join(
      ' ',
    ),
    required: words?.required ?? [],
  };
}

/** `drafts.create` → `drafts_create`. */
function snake(name: string): string {
  return name.replace('.', '_').replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
