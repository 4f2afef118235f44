/** @module The tools as vendors take them: valid where they check, and the same words everywhere. */
import { asSchema, generateText, jsonSchema, tool, type ToolSet } from 'ai';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { OPERATIONS, operationEntries, type Operation } from '../../src/service/operations.js';
import { CATALOG, TOOLSET_NAMES } from '../../src/tools/catalog.js';
import { FORMATS, toolDefinitions } from '../../src/tools/definitions.js';
import type { JsonSchema } from '../../src/tools/schema.js';
import { TOOLS } from '../../src/tools/toolset.js';
import { DEFAULT_TOOLS } from '../../src/tools/words.js';
import { runCli } from '../support/cli.js';

const all = { toolsets: ['all'] };

test('the default toolset is the small one that an agent needs', () => {
  expect(TOOLSET_NAMES['default']).toEqual([
    'send_email',
    'read_email',
    'list_emails',
    'list_pending',
    'decide_email',
    'cancel_email',
    'check_recipient',
    'get_quota',
  ]);
});

test('every operation but a stream is one tool, with a name of its own', () => {
  const streams = operationEntries().filter(
    ([, operation]: [string, Operation]) => operation.gives === 'events',
  );
  expect(TOOLS).toHaveLength(operationEntries().length - streams.length);
  expect(new Set(TOOLS.map(({ tool: name }) => name)).size).toBe(TOOLS.length);
  for (const name of Object.keys(DEFAULT_TOOLS)) expect(OPERATIONS).toHaveProperty([name]);
});

/** What OpenAI and Anthropic demand of a tool, beyond JSON Schema. */
test.each(toolDefinitions({ format: 'json-schema', ...all }).map((one) => [one.name, one] as const))(
  '%s is a tool that every vendor takes',
  (_, { name, description, inputSchema }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/u);
    expect(description.length).toBeGreaterThan(20);
    expect(description.length).toBeLessThanOrEqual(1024);
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    for (const word of ['anyOf', 'oneOf', 'allOf', 'enum', 'not', '$ref', '$defs', '$schema'])
      expect(inputSchema).not.toHaveProperty([word]);
    for (const field of Object.keys(inputSchema.properties ?? {})) expect(field).toMatch(/^[\w.-]{1,64}$/u);
    for (const field of inputSchema.required ?? []) expect(inputSchema.properties).toHaveProperty([field]);
    expect(JSON.stringify(inputSchema)).not.toContain('"$ref"');
    // zod reads back what it wrote, so every part of it is JSON Schema.
    expect(() => z.fromJSONSchema(inputSchema as never)).not.toThrow();
  },
);

test.each(Object.entries(CATALOG))(
  'the schema of %s takes what the operation takes',
  (_, { operation, ...tool }) => {
    const { example } = OPERATIONS[operation] as Operation;
    if (!example) return;
    const input = Object.fromEntries(
      Object.entries(example.input).filter(([name]) => !tool.hidden.includes(name)),
    );
    expect(z.fromJSONSchema(tool.schema as never).safeParse(input).error).toBeUndefined();
  },
);

test('the model never chooses the sender, nor the mailbox where that is fixed', () => {
  const fieldsOf = (fixedMailbox: boolean): string[] =>
    toolDefinitions({ format: 'json-schema', toolsets: ['default', 'drafts'], fixedMailbox }).flatMap(
      ({ inputSchema }) => Object.keys(inputSchema.properties ?? {}),
    );
  expect(fieldsOf(false)).toContain('mailbox');
  expect(fieldsOf(true)).not.toContain('mailbox');
  for (const field of ['from', 'sender', 'idempotencyKey', 'ifMatch'])
    expect(fieldsOf(false)).not.toContain(field);
});

test('every field of the default tools is explained', () => {
  for (const { inputSchema } of toolDefinitions({ format: 'json-schema' }))
    for (const [name, field] of Object.entries(inputSchema.properties ?? {}))
      expect(field.description ?? `${name} is not explained`).not.toMatch(/not explained/u);
});

test('each vendor gets its own form of the same words', () => {
  const only = ['send_email'];
  const [plain] = toolDefinitions({ format: 'json-schema', only });
  const { name, description, inputSchema } = plain!;
  expect(toolDefinitions({ format: 'openai', only })).toEqual([
    { type: 'function', function: { name, description, parameters: inputSchema, strict: false } },
  ]);
  expect(toolDefinitions({ format: 'anthropic', only })).toEqual([
    { name, description, input_schema: inputSchema },
  ]);
  expect(JSON.parse(JSON.stringify(toolDefinitions({ format: 'vercel-ai', only })))).toEqual({
    send_email: { description, inputSchema },
  });
  for (const word of ['held', 'never send it again', 'dedupeKey', 'final'])
    expect(description).toContain(word);
});

test('the AI SDK takes them as they are, and as its own schemas', async () => {
  const tools: ToolSet = toolDefinitions({ format: 'vercel-ai', ...all });
  for (const [name, { inputSchema }] of Object.entries(tools)) {
    const shown = await asSchema(inputSchema).jsonSchema;
    expect(shown).toMatchObject({ type: 'object', properties: CATALOG[name]?.schema.properties ?? {} });
  }
  const plain = JSON.parse(JSON.stringify(tools['send_email'])) as { inputSchema: JsonSchema };
  expect(tool({ inputSchema: jsonSchema(plain.inputSchema as never) })).toBeDefined();
  expect(generateText).toBeTypeOf('function');
});

test('what is not there is said with what there is', () => {
  expect(() => toolDefinitions({ format: 'openai', toolsets: ['constructor'] })).toThrow(/default, .*all/u);
  expect(() => toolDefinitions({ format: 'openai', only: ['keys_create'] })).toThrow(/send_email/u);
});

test.each(FORMATS)('`mailwarden tools --format %s` prints them', async (format) => {
  const { code, out } = await runCli(['tools', '--format', format, '--toolsets', 'default,drafts']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(
    JSON.parse(JSON.stringify(toolDefinitions({ format, toolsets: ['default', 'drafts'] }))),
  );
});

test('a toolset that is not there is wrong use, and says which there are', async () => {
  const { code, err } = await runCli(['tools', '--toolsets', 'nothing']);
  expect([code, err]).toEqual([2, expect.stringContaining('default')]);
});
