/**
 * @module The server that the official MCP conformance suite expects: its tools, resources and prompts by name, behind
 * the transport, the key check and the origin check of the product.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  completable,
  McpServer,
  ResourceTemplate,
  type CallToolResult,
  type ContentBlock,
  type GetPromptResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import { z } from 'zod';
import { configSchema } from '../../src/config.js';
import { Problem } from '../../src/errors.js';
import { callerReader } from '../../src/http/caller.js';
import type { Env } from '../../src/http/env.js';
import { hostCheck } from '../../src/http/host.js';
import { keyLimit } from '../../src/http/key-limit.js';
import { problemOf, problemResponse } from '../../src/http/problem.js';
import { addMcpRoute } from '../../src/mcp/http.js';
import { mcpTransport } from '../../src/mcp/transport.js';
import { serve } from '../../src/server.js';
import type { Caller } from '../../src/store/store.js';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=';
const image: ContentBlock = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const text = (words: string): ContentBlock => ({ type: 'text', text: words });
const resource = (uri: string, words: string, mimeType = 'text/plain'): ContentBlock => ({
  type: 'resource',
  resource: { uri, mimeType, text: words },
});

export interface Fixtures {
  url: string;
  key: string;
  close(): Promise<void>;
}

export async function startFixtures(): Promise<Fixtures> {
  const key = `fixture-${randomUUID()}`;
  const clock = (): Date => new Date();
  const app = new Hono<Env>();
  const caller = { org: 'fixtures', key: 'key_fixture', principal: 'p', kind: 'agent', mode: 'test' };
  const authenticate = async (given: string | null): Promise<Caller> => {
    if (given !== key) throw new Problem('unauthorized', { detail: 'another key' });
    return { ...caller, scopes: [], mailboxes: null } as unknown as Caller;
  };
  const limit = keyLimit({ perSecond: 10_000, burst: 10_000 }, clock);
  const checkHost = hostCheck([]);
  app.use('*', async (c, next) => {
    checkHost(c.req.raw);
    await next();
  });
  app.onError((error) => problemResponse(problemOf(error), 'fixture'));
  const onerror = (): undefined => undefined;
  addMcpRoute(app, {
    ...{ publicUrl: 'http://127.0.0.1', origins: [] },
    callerOf: callerReader({ service: { authenticate }, limit, trustProxy: false }),
    transport: mcpTransport({ factory: fixtures, clock, randomId: randomUUID, onerror }),
  });
  const http = await serve(configSchema.parse({ http: { port: 0 } }).http);
  http.use((request, bindings) => app.fetch(request, bindings));
  return { url: `${http.url}/mcp`, key, close: () => http.close() };
}

function fixtures(): McpServer {
  const server = new McpServer(
    { name: 'fixtures', version: '1' },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  );
  addTools(server);
  addAskingTools(server);
  addResources(server);
  addPrompts(server);
  return server;
}

type Tool = (ctx: ServerContext) => Promise<ContentBlock[]>;

function addTools(server: McpServer): void {
  const tools: Record<string, Tool> = {
    test_simple_text: async () => [text('This is a simple text response for testing.')],
    test_image_content: async () => [image],
    test_audio_content: async () => [{ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }],
    test_embedded_resource: async () => [
      resource('test://embedded-resource', 'This is an embedded resource content.'),
    ],
    test_multiple_content_types: async () => [
      text('Multiple content types test:'),
      image,
      resource('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
    ],
    test_tool_with_logging: async ({ mcpReq }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
        await setTimeout(50);
      }
      return [text('logged')];
    },
    test_tool_with_progress: async ({ mcpReq }) => {
      const { progressToken } = mcpReq._meta ?? {};
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          });
        await setTimeout(50);
      }
      return [text('done')];
    },
    test_error_handling: () =>
      Promise.reject(new Error('This tool intentionally returns an error for testing')),
  };
  for (const [name, run] of Object.entries(tools))
    server.registerTool(name, { description: name }, async (ctx): Promise<CallToolResult> => ({
      content: await run(ctx),
    }));
}

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};
const CHOICES = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
  { const: 'value3', title: 'Third' },
];
const ENUMS = {
  untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
  titledSingle: { type: 'string', oneOf: CHOICES },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
  titledMulti: { type: 'array', items: { anyOf: CHOICES } },
};
const PERSON = { username: { type: 'string' }, email: { type: 'string' } };

/** Tools that ask the client while they run. */
function addAskingTools(server: McpServer): void {
  const ask = async (
    { mcpReq }: ServerContext,
    message: string,
    properties: object,
  ): Promise<CallToolResult> => {
    const params = { mode: 'form', message, requestedSchema: { type: 'object', properties } };
    const { action, content } = await mcpReq.send({ method: 'elicitation/create', params });
    return { content: [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)] };
  };
  server.registerTool(
    'test_elicitation',
    { description: 'asks', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, ctx) => await ask(ctx, message, PERSON),
  );
  for (const [name, properties] of [
    ['test_elicitation_sep1034_defaults', DEFAULTS],
    ['test_elicitation_sep1330_enums', ENUMS],
  ] as const)
    server.registerTool(
      name,
      { description: name },
      async (ctx) => await ask(ctx, 'Please choose', properties),
    );
  server.registerTool(
    'test_sampling',
    { description: 'asks the model', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const messages = [{ role: 'user', content: { type: 'text', text: prompt } }];
      const answer = await mcpReq.send({
        method: 'sampling/createMessage',
        params: { messages, maxTokens: 100 },
      });
      return { content: [text(`LLM response: ${JSON.stringify(answer.content)}`)] };
    },
  );
}

function addResources(server: McpServer): void {
  const plain = { mimeType: 'text/plain' };
  for (const [name, words] of [
    ['static-text', 'This is the content of the static text resource.'],
    ['watched-resource', 'Watched resource content'],
  ] as const)
    server.registerResource(name, `test://${name}`, plain, async ({ href }) => ({
      contents: [{ uri: href, mimeType: 'text/plain', text: words }],
    }));
  server.registerResource(
    'static-binary',
    'test://static-binary',
    { mimeType: 'image/png' },
    async ({ href }) => ({
      contents: [{ uri: href, mimeType: 'image/png', blob: PIXEL }],
    }),
  );
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined });
  server.registerResource(
    'template',
    template,
    { mimeType: 'application/json' },
    async ({ href }, { id }) => ({
      contents: [
        { uri: href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true }) },
      ],
    }),
  );
  for (const method of ['resources/subscribe', 'resources/unsubscribe'] as const)
    server.server.setRequestHandler(method, () => ({}));
}

const prompt = (...content: ContentBlock[]): GetPromptResult => ({
  messages: content.map((one) => ({ role: 'user', content: one })),
});

function addPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'simple' }, () =>
    prompt(text('This is a simple prompt for testing.')),
  );
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'with arguments',
      argsSchema: z.object({
        arg1: completable(z.string(), () => ['paris', 'park', 'party']),
        arg2: z.string(),
      }),
    },
    ({ arg1, arg2 }) => prompt(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'with a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) =>
      prompt(
        resource(resourceUri, 'Embedded resource content for testing.'),
        text('Please process the resource.'),
      ),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'with an image' }, () =>
    prompt(image, text('Please analyze the image above.')),
  );
}
