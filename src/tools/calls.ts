/** @module A tool call as each vendor's API writes it, and the message that carries its result back. */

export interface OpenAiCall {
  id: string;
  type?: 'function';
  /** `arguments`: JSON, as the model wrote it. */
  function: { name: string; arguments: string };
}
/** OpenAI's Responses API. */
export interface OpenAiItem {
  type: 'function_call';
  call_id: string;
  name: string;
  arguments: string;
}
export interface AnthropicCall {
  type?: 'tool_use';
  id: string;
  name: string;
  input: unknown;
}
export interface PlainCall {
  id?: string;
  name: string;
  /** An object, or JSON. */
  arguments?: unknown;
}
export type ToolCall = OpenAiCall | OpenAiItem | AnthropicCall | PlainCall;

/** What the vendor's API takes back; for a plain call the result as text. */
export type MessageFor<C extends ToolCall> = C extends OpenAiCall
  ? { role: 'tool'; tool_call_id: string; content: string }
  : C extends OpenAiItem
    ? { type: 'function_call_output'; call_id: string; output: string }
    : C extends AnthropicCall
      ? { type: 'tool_result'; tool_use_id: string; content: string; is_error: boolean }
      : { content: string };

/** The same call, whoever wrote it. */
export interface Asked {
  id: string | undefined;
  name: string;
  arguments: unknown;
}

export function asked(call: ToolCall): Asked {
  if ('function' in call) return { id: call.id, ...call.function };
  if ('call_id' in call) return { id: call.call_id, name: call.name, arguments: call.arguments };
  if ('input' in call) return { id: call.id, name: call.name, arguments: call.input };
  return { id: call.id, name: call.name, arguments: call.arguments };
}

export function messageFor<C extends ToolCall>(call: C, content: string, isError: boolean): MessageFor<C>;
export function messageFor(call: ToolCall, content: string, isError: boolean): MessageFor<ToolCall> {
  if ('function' in call) return { role: 'tool', tool_call_id: call.id, content };
  if ('call_id' in call) return { type: 'function_call_output', call_id: call.call_id, output: content };
  if ('input' in call) return { type: 'tool_result', tool_use_id: call.id, content, is_error: isError };
  return { content };
}
