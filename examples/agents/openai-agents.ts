/**
 * An agent of OpenAI's Agents SDK with Mailwarden's tools. The model is scripted, so that this runs without one: leave
 * `model` out, or name yours.
 */
import { Agent, Runner, tool, Usage, type Model } from '@openai/agents-core';
import { createClient } from 'mailwarden/client';
import { handleToolCall, toolDefinitions } from 'mailwarden/tools';
import { nextMove } from './script.js';

const client = createClient({
  url: process.env['MAILWARDEN_URL'] ?? 'http://127.0.0.1:8025',
  apiKey: process.env['MAILWARDEN_API_KEY'] ?? '',
});

const tools = toolDefinitions({ format: 'openai' }).map(({ function: { name, description, parameters } }) =>
  tool({
    ...{ name, description, strict: false },
    parameters: { ...parameters, type: 'object', properties: parameters.properties ?? {} } as never,
    execute: async (input: unknown, _context, details) =>
      (await handleToolCall(client, { id: details?.toolCall?.callId, name, arguments: input })).message
        .content,
  }),
);

const model: Model = {
  async getResponse({ input }) {
    const answers = (typeof input === 'string' ? [] : input).flatMap((item) =>
      item.type === 'function_call_result' ? [JSON.parse(textOf(item.output)) as unknown] : [],
    );
    const move = nextMove(answers);
    // Ids of real models are unique by themselves: a repeated call is known by its id.
    const callId = `call_${crypto.randomUUID()}`;
    return {
      usage: new Usage(),
      output: [
        'say' in move
          ? {
              ...{ type: 'message', role: 'assistant', status: 'completed' },
              content: [{ type: 'output_text', text: move.say }],
            }
          : {
              ...{ type: 'function_call', callId, name: move.tool, status: 'completed' },
              arguments: JSON.stringify(move.input),
            },
      ],
    };
  },
  getStreamedResponse: () => {
    throw new Error('this example does not stream');
  },
};

/** A tool's answer, as the SDK keeps it. */
const textOf = (output: unknown): string =>
  typeof output === 'string' ? output : (output as { text: string }).text;

const agent = new Agent({ name: 'Shipping clerk', instructions: 'You write to customers.', model, tools });
const runner = new Runner({ tracingDisabled: true });
const { finalOutput } = await runner.run(agent, 'Tell Ann that her order 4711 has shipped.');
console.log(finalOutput);
