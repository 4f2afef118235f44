/**
 * @module Runs a model's tool call, and gives back what to tell the model. A mistake of the model, a refusal and an
 * outage are all answers, which say how to go on; a call that is repeated never sends twice.
 */
import { callOperation, InvalidRequestError, MailwardenError, type MailwardenClient } from '../client.js';
import { asked, messageFor, type Asked, type MessageFor, type ToolCall } from './calls.js';
import { CATALOG, TOOLSET_NAMES, type CatalogTool } from './catalog.js';
import { failed, succeeded, type ToolResult } from './result.js';

export interface HandleOptions {
  /** The mailbox that all email is sent from, whatever the model writes. Default: the one of the key. */
  mailbox?: string;
  /** Which tools may be called. Default: `default`, as for the definitions. */
  toolsets?: readonly string[];
  /** Of these, only the tools with these names. */
  only?: readonly string[];
  /**
   * Stands before the ids of calls where these are only unique in one conversation (`call_0`, …): the id is what tells
   * a repeated call from a new one.
   */
  conversation?: string;
  signal?: AbortSignal;
}

export interface Handled<C extends ToolCall> {
  tool: string;
  result: ToolResult;
  /** Goes into the conversation as it is. */
  message: MessageFor<C>;
}

/** Never rejects for what the model or the server did; only with the reason of `signal`. */
export async function handleToolCall<C extends ToolCall>(
  client: MailwardenClient,
  call: C,
  options: HandleOptions = {},
): Promise<Handled<C>> {
  const one = asked(call);
  const result = await run(client, one, options);
  return { tool: one.name, result, message: messageFor(call, JSON.stringify(result), !result.success) };
}

type Fields = Record<string, unknown>;

async function run(client: MailwardenClient, call: Asked, options: HandleOptions): Promise<ToolResult> {
  try {
    const tool = toolOf(call.name, options);
    const { input, key } = inputFor(tool, call, options);
    const settings = { idempotencyKey: key, ...(options.signal && { signal: options.signal }) };
    return succeeded((await callOperation(client, tool.operation, input, settings)) as Fields);
  } catch (error) {
    if (error instanceof MailwardenError) return failed(error);
    throw error;
  }
}

function toolOf(name: string, { toolsets = ['default'], only }: HandleOptions): CatalogTool {
  const names = toolsets
    .flatMap((one) => TOOLSET_NAMES[one] ?? [])
    .filter((one) => only?.includes(one) ?? true);
  const tool = names.includes(name) ? CATALOG[name] : undefined;
  if (tool) return tool;
  throw new MailwardenError(
    'unknown_tool',
    0,
    `there is no tool of this name; there are ${names.join(', ')}`,
  );
}

/** The model's arguments with what is not the model's to write, and the key by which a repetition is known. */
function inputFor(
  tool: CatalogTool,
  call: Asked,
  { mailbox, conversation }: HandleOptions,
): { input: Fields; key: string | null } {
  const input = argumentsOf(call.arguments);
  const fixed = [...tool.hidden, ...(mailbox !== undefined && tool.takesMailbox ? ['mailbox'] : [])];
  const field = fixed.find((one) => Object.hasOwn(input, one));
  if (field !== undefined) throw invalid('is fixed and not yours to choose; leave it out', field);
  if (mailbox !== undefined && tool.takesMailbox) input['mailbox'] = mailbox;
  const key = call.id === undefined ? null : [...(conversation ? [conversation] : []), call.id].join(':');
  if (tool.once !== 'dedupeKey') return { input, key: tool.once === 'idempotencyKey' ? key : null };
  // Without an id the server tells a repetition by the content of the email, within minutes.
  return { input: { ...(key !== null && { dedupeKey: key }), ...input }, key: null };
}

function argumentsOf(given: unknown): Fields {
  let value: unknown = given ?? {};
  if (typeof value === 'string')
    try {
      value = JSON.parse(value === '' ? '{}' : value) as unknown;
    } catch {
      throw new InvalidRequestError('invalid_json', 0, 'the arguments are not valid JSON');
    }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('must be one JSON object', 'arguments');
  return { ...value };
}

const invalid = (message: string, field: string): InvalidRequestError =>
  new InvalidRequestError('invalid_request', 0, `${field}: ${message}`, {
    field,
    errors: [{ field, message }],
  });
