import { afterAll, beforeAll, expect, test } from 'vitest';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import type { Tool as ListedTool } from '@modelcontextprotocol/client';
import { OPERATIONS, type Operation } from '../../src/service/operations.js';
import { hiddenFields } from '../../src/tools/schema.js';
import { hintsOf, TOOLS, TOOLSETS } from '../../src/tools/toolset.js';
import { openMcp, toolNames, use, type McpDoor } from '../support/mcp.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let mcp: McpDoor;
beforeAll(async () => {
  shared = await testStore();
  mcp = await openMcp(shared);
}, 60_000);
afterAll(async () => {
  await mcp.close();
  await shared.end();
});

const SENDS = [
  'cancel_email',
  'check_recipient',
  'get_quota',
  'list_emails',
  'list_pending',
  'read_email',
  'send_email',
];

test.each([false, true])(
  'an agent finds the small set that its key allows (protocol since 2026: %s)',
  async (modern) => {
    const client = await mcp.connect({ modern });
    expect(client.getProtocolEra()).toBe(modern ? 'modern' : 'legacy');
    expect(await toolNames(client)).toEqual(SENDS);
  },
);

test('a tool is listed for keys that may call it, and for no other', async () => {
  const person = await mcp.connect({ key: mcp.reviewer.apiKey });
  expect(await toolNames(person)).toContain('decide_email');
  expect(await toolNames(person)).not.toContain('send_email');
  // A service may hold the scope, but only a person decides.
  const service = await mcp.key(['approvals:decide', 'messages:read'], { kind: 'service' });
  expect(await toolNames(await mcp.connect({ key: service.apiKey }))).not.toContain('decide_email');
  const reader = await mcp.key(['messages:read']);
  const names = await toolNames(await mcp.connect({ key: reader.apiKey }));
  expect(names).toContain('read_email');
  for (const name of ['send_email', 'cancel_email', 'decide_email']) expect(names).not.toContain(name);
});

test('a tool that is not listed cannot be called by its name', async () => {
  const client = await mcp.connect();
  await expect(use(client, 'decide_email', {})).rejects.toThrow(/not found/u);
  await expect(use(client, 'suppressions_list', {})).rejects.toThrow(/not found/u);
});

test('further toolsets are asked for by name, and all of them by one', async () => {
  const some = await mcp.connect({ toolsets: 'default, suppressions' });
  expect(await toolNames(some)).toEqual([...SENDS, 'suppressions_check', 'suppressions_list'].sort());
  const admin = await mcp.connect({ key: mcp.admin.apiKey, toolsets: 'all' });
  const all = await toolNames(admin);
  for (const name of ['mailboxes_create', 'keys_create', 'suppressions_remove']) expect(all).toContain(name);
  expect(new Set(all).size).toBe(all.length);
});

test('an unknown toolset is a 400 that names those there are', async () => {
  const response = await fetch(`${mcp.url}?toolsets=postcards`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${mcp.agent.apiKey}`, 'Content-Type': 'application/json' },
    body: '{}',
  });
  const body = (await response.json()) as { code: string; field: string; detail: string };
  expect([response.status, body.code, body.field]).toEqual([400, 'invalid_request', 'toolsets']);
  for (const name of Object.keys(TOOLSETS)) expect(body.detail).toContain(name);
});

test('every operation but a stream is a tool of exactly one toolset', () => {
  const sets = Object.entries(TOOLSETS).filter(([name]) => name !== 'all');
  const placed = sets.flatMap(([, tools]) => tools.map((one) => one.tool));
  expect(placed.sort()).toEqual(TOOLS.map((one) => one.tool).sort());
});

test('the mailbox is no field for a model whose key is bound to one', async () => {
  const bound = await mcp.key(['messages:send', 'messages:read'], { mailboxes: [mcp.mailbox.id] });
  const fieldsOf = async (key: string): Promise<string[]> => {
    const { tools } = await (await mcp.connect({ key })).listTools();
    return Object.keys(tools.find((one) => one.name === 'send_email')?.inputSchema.properties ?? {});
  };
  expect(await fieldsOf(bound.apiKey)).not.toContain('mailbox');
  const free = await fieldsOf(mcp.agent.apiKey);
  expect(free).toContain('mailbox');
  for (const field of ['from', 'idempotencyKey']) expect(free).not.toContain(field);
});

/** As listed to a key that may do everything of one side. */
async function listedToAll(): Promise<Map<string, ListedTool>> {
  const all = new Map<string, ListedTool>();
  for (const key of [mcp.agent, mcp.reviewer, mcp.admin, await mcp.key(['drafts:write', 'webhooks:write'])])
    for (const tool of (await (await mcp.connect({ key: key.apiKey, toolsets: 'all' })).listTools()).tools)
      all.set(tool.name, tool);
  return all;
}

test('schemas are valid, and take and give what the operation shows as its example', async () => {
  const listed = await listedToAll();
  expect([...listed.keys()].sort()).toEqual(TOOLS.map((one) => one.tool).sort());
  const ajv = new AjvJsonSchemaValidator();
  for (const tool of TOOLS) {
    const shown = listed.get(tool.tool);
    const [input, output] = [shown?.inputSchema, shown?.outputSchema].map((schema) =>
      ajv.getValidator((schema ?? {}) as Parameters<typeof ajv.getValidator>[0]),
    );
    expect([shown?.inputSchema.type, shown?.outputSchema?.type]).toEqual(['object', 'object']);
    const operation: Operation = OPERATIONS[tool.operation];
    const { example } = operation;
    if (!example || !input || !output) throw new Error(`${tool.operation} has no example`);
    const hidden = hiddenFields(operation, {});
    const given = Object.entries(example.input).filter(([field]) => !hidden.has(field));
    expect([tool.tool, input(Object.fromEntries(given)).errorMessage]).toEqual([tool.tool, undefined]);
    expect([tool.tool, output(example.output).errorMessage]).toEqual([tool.tool, undefined]);
  }
});

test('annotations say what reads, what takes away, and what may be repeated', async () => {
  const listed = await listedToAll();
  for (const tool of TOOLS) expect(listed.get(tool.tool)?.annotations).toEqual(hintsOf(tool));
  expect(listed.get('read_email')?.annotations).toMatchObject({ readOnlyHint: true, idempotentHint: true });
  expect(listed.get('send_email')?.annotations).toMatchObject({ readOnlyHint: false, openWorldHint: true });
  expect(listed.get('suppressions_remove')?.annotations).toMatchObject({ destructiveHint: true });
});

test('the descriptions say that held is no failure, and a denial final', async () => {
  const client = await mcp.connect();
  const send = (await client.listTools()).tools.find((one) => one.name === 'send_email');
  for (const words of ['not failures', 'never send it again', 'denial is final', 'dedupeKey'])
    expect(send?.description).toContain(words);
  expect(client.getInstructions()).toContain('never send it again');
});
