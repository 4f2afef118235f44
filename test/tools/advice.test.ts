/** @module What a model is told of an address that takes no mail, by whatever way its tools are called. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handleToolCall } from '../../src/tools.js';
import { clientOf } from '../support/client.js';
import { openMcp, use, type McpDoor, type Structured } from '../support/mcp.js';
import { send, testStore, type TestStore } from '../support/store.js';

const nothing = async (id: string): Promise<never> =>
  Promise.reject(new WorkflowNotFoundError('none', id, undefined));

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

/** The result of a tool, as a model reads it. */
type Call = (tool: string, input: object) => Promise<{ result: Structured; text: string }>;

const BY_HAND = (mcp: McpDoor): Call => {
  const client = clientOf(mcp);
  return async (name, input) => {
    const call = {
      ...{ id: `call_${JSON.stringify(input)}`, type: 'function' as const },
      function: { name, arguments: JSON.stringify(input) },
    };
    const { result, message } = await handleToolCall(client, call);
    const { content } = message as { content: string };
    return { result: result.success ? result : (result as { error: unknown }).error, text: content };
  };
};
const BY_MCP =
  (modern: boolean) =>
  (mcp: McpDoor): Call =>
  async (tool, input) => {
    const { output, json } = await use(await mcp.connect({ modern }), tool, { ...input });
    return { result: output, text: json };
  };

test.each([
  ['in the message of a vendor', BY_HAND],
  ['over MCP', BY_MCP(false)],
  ['over MCP since 2026', BY_MCP(true)],
])('a model reads %s that it must not retry an address', async (_, by) => {
  const mcp = await openMcp(shared, { script: { describe: nothing, update: nothing } });
  const call = by(mcp);
  const email = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
  const { id } = (await call('send_email', email)).result as { id: string };
  await send(shared.store, { id, run: `run-${id}` });
  await shared.store.applyReports('smtp', [{ reportId: id, message: id, type: 'bounced', bounce: 'hard' }]);

  const read = await call('read_email', { id });
  expect(read.result.recipients[0]).toMatchObject({
    ...{ status: 'bounced', advice: expect.stringMatching(/^Do not retry this address/u) },
  });
  const again = await call('send_email', { ...email, text: 'Once more' });
  expect(again.result).toMatchObject({
    ...{ code: 'policy_denied', retryable: false },
    advice: expect.stringMatching(/^Do not retry this address/u),
  });
  for (const { text } of [read, again]) expect(text).toContain('Do not retry this address');
  await mcp.close();
});
