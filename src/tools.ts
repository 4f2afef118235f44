/**
 * @module Mailwarden as tools for a model: `mailwarden/tools`. `toolDefinitions` is what the model is shown,
 * `handleToolCall` runs what it calls. Runs wherever `fetch` does.
 */
export { handleToolCall, type Handled, type HandleOptions } from './tools/handle.js';
export type { ToolResult } from './tools/result.js';
export {
  toolDefinitions,
  type AnthropicTool,
  type Format,
  type JsonSchemaTool,
  type OpenAiTool,
  type Selection,
  type VercelTool,
} from './tools/definitions.js';
export type { AnthropicCall, OpenAiCall, OpenAiItem, PlainCall, ToolCall } from './tools/calls.js';
