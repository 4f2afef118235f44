/**
 * An agent of Vercel's AI SDK with Mailwarden's tools. The model is scripted, so that this runs without one: put yours
 * in its place.
 */
import { generateText, stepCountIs, type ToolSet } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { createClient } from 'mailwarden/client';
import { handleToolCall, toolDefinitions } from 'mailwarden/tools';
import { nextMove } from './script.js';

const client = createClient({
  url: process.env['MAILWARDEN_URL'] ?? 'http://127.0.0.1:8025',
  apiKey: process.env['MAILWARDEN_API_KEY'] ?? '',
});

const tools: ToolSet = {};
for (const [name, definition] of Object.entries(toolDefinitions({ format: 'vercel-ai' })))
  tools[name] = {
    ...definition,
    execute: async (input: unknown, { toolCallId: id }) =>
      (await handleToolCall(client, { id, name, arguments: input })).result,
  };

const model = new MockLanguageModelV3({
  doGenerate: async ({ prompt }) => {
    const answers = prompt
      .flatMap((message) => (message.role === 'tool' ? message.content : []))
      .flatMap((part) =>
        part.type === 'tool-result' && part.output.type === 'json' ? [part.output.value] : [],
      );
    const move = nextMove(answers);
    const inputTokens = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 };
    const usage = { inputTokens, outputTokens: { total: 0, text: 0, reasoning: 0 } };
    if ('say' in move)
      return {
        content: [{ type: 'text', text: move.say }],
        finishReason: { unified: 'stop', raw: undefined },
        ...{ usage, warnings: [] },
      };
    // Ids of real models are unique by themselves: a repeated call is known by its id.
    const toolCallId = `call_${crypto.randomUUID()}`;
    return {
      content: [{ type: 'tool-call', toolCallId, toolName: move.tool, input: JSON.stringify(move.input) }],
      finishReason: { unified: 'tool-calls', raw: undefined },
      ...{ usage, warnings: [] },
    };
  },
});

const { text } = await generateText({
  ...{ model, tools, stopWhen: stepCountIs(5) },
  prompt: 'Tell Ann that her order 4711 has shipped.',
});
console.log(text);
