/** @module A model's tool calls, right and wrong, against a real door. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowNotFoundError } from '@temporalio/client';
import { handleToolCall } from '../../src/tools.js';
import { clientOf, scripted } from '../support/client.js';
import { openDoor, type Door } from '../support/door.js';
import { makeMailbox, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  const describe = (): Promise<never> => Promise.reject(new WorkflowNotFoundError('none', 'x', undefined));
  door = await openDoor(shared, { mailbox: { autonomy: 'review_all' }, script: { describe } });
}, 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const openai = (id: string, name: string, input: unknown) => ({
  ...{ id, type: 'function' as const },
  function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
});
const emails = async (): Promise<number> => (await clientOf(door).messages.list()).items.length;

test('each vendor gets the message that its API takes back', async () => {
  const client = clientOf(door);
  const chat = await handleToolCall(client, openai('call_1', 'send_email', EMAIL));
  expect(chat.result).toMatchObject({
    success: true,
    status: 'held',
    note: expect.stringMatching(/Do not send it again/u),
  });
  expect(chat.message).toEqual({
    role: 'tool',
    tool_call_id: 'call_1',
    content: JSON.stringify(chat.result),
  });

  const claude = await handleToolCall(client, {
    ...{ type: 'tool_use' as const, id: 'toolu_1', name: 'list_emails', input: { status: 'held' } },
  });
  expect(claude.result).toMatchObject({ success: true, items: [{ status: 'held' }] });
  expect(claude.message).toMatchObject({ type: 'tool_result', tool_use_id: 'toolu_1', is_error: false });

  const item = { type: 'function_call' as const, call_id: 'call_2', name: 'list_emails', arguments: '' };
  expect((await handleToolCall(client, item)).message).toMatchObject({
    ...{ type: 'function_call_output', call_id: 'call_2' },
  });
  expect((await handleToolCall(client, { name: 'list_emails' })).message).toEqual({
    content: expect.any(String),
  });
});

test('a call that is repeated, or replayed later, never sends twice', async () => {
  const before = await emails();
  const call = openai('call_again', 'send_email', { ...EMAIL, subject: 'Once' });
  const first = await handleToolCall(clientOf(door), call);
  const again = await handleToolCall(clientOf(door), call);
  expect(again.result).toMatchObject({ success: true, replayed: true });
  expect((again.result as { id?: string }).id).toBe((first.result as { id?: string }).id);
  expect(await emails()).toBe(before + 1);
});

test('a call without an id is told from a new one by its content', async () => {
  const call = { name: 'send_email', arguments: { ...EMAIL, subject: 'No id' } };
  await handleToolCall(clientOf(door), call);
  expect((await handleToolCall(clientOf(door), call)).result).toMatchObject({
    success: true,
    replayed: true,
  });
});

test('an id that was used for another email is no success, and conversations keep theirs apart', async () => {
  const send = (subject: string, conversation?: string) =>
    handleToolCall(clientOf(door), openai('call_0', 'send_email', { ...EMAIL, subject }), { conversation });
  expect((await send('One')).result).toMatchObject({ success: true });
  expect((await send('Two')).result).toMatchObject({
    success: false,
    error: { code: 'dedupe_key_reused', nextStep: expect.stringContaining('dedupeKey of its own') },
  });
  expect((await send('Two', 'chat-7')).result).toMatchObject({ success: true });
});

test('a reply that is lost is asked for again under the same key, and one email goes', async () => {
  const before = await emails();
  let isLost = false;
  const client = clientOf(door, undefined, {
    random: () => 0,
    fetch: async (url, init) => {
      const response = await door.fetch(new Request(url, init));
      if (isLost) return response;
      isLost = true;
      throw new TypeError('terminated');
    },
  });
  const { result } = await handleToolCall(
    client,
    openai('call_lost', 'send_email', { ...EMAIL, subject: 'Lost' }),
  );
  expect(result).toMatchObject({ success: true, replayed: true });
  expect(await emails()).toBe(before + 1);
});

test.each([
  ['JSON that is none', openai('c1', 'send_email', '{"to": '), 'invalid_json'],
  ['a list', openai('c2', 'send_email', '[]'), 'invalid_request'],
  ['a tool that is not there', openai('c3', 'sendEmail', EMAIL), 'unknown_tool'],
  ['a tool of no prototype', openai('c4', 'constructor', {}), 'unknown_tool'],
  ['a tool of another toolset', openai('c5', 'keys_create', { name: 'k' }), 'unknown_tool'],
  ['a sender', openai('c6', 'send_email', { ...EMAIL, from: 'ceo@example.com' }), 'invalid_request'],
  ['another name for a field', openai('c7', 'send_email', { ...EMAIL, body: 'x' }), 'invalid_request'],
  ['no recipient', openai('c8', 'send_email', { subject: 'x', text: 'y' }), 'invalid_request'],
  ['a field of HTTP', openai('c9', 'send_email', { ...EMAIL, idempotencyKey: 'x' }), 'invalid_request'],
  ['no id', openai('c10', 'read_email', {}), 'invalid_request'],
  ['an id that is a path', openai('c11', 'read_email', { id: '..' }), 'invalid_request'],
  ['an id that is not there', openai('c12', 'read_email', { id: 'msg_none' }), 'not_found'],
  [
    'a right that the key has not',
    openai('c13', 'decide_email', { id: 'm', action: 'approve', digest: 'd' }),
    'scope_missing',
  ],
])('%s is an answer that says how to mend it', async (_, call, code) => {
  const before = await emails();
  const { result, message } = await handleToolCall(clientOf(door), call);
  expect(result).toMatchObject({
    success: false,
    error: {
      code,
      retryable: false,
      message: expect.stringMatching(/.{10}/u),
      nextStep: expect.stringMatching(/.{10}/u),
    },
  });
  expect(message.content).toBe(JSON.stringify(result));
  expect(await emails()).toBe(before);
});

test('what policy denies says so once and for all', async () => {
  const denying = await openDoor(shared, {
    mailbox: { policy: { deny: ['reader.example'] } },
  });
  const { result } = await handleToolCall(clientOf(denying), openai('call_1', 'send_email', EMAIL));
  expect(result).toMatchObject({
    success: false,
    error: {
      code: 'policy_denied',
      id: expect.stringMatching(/^msg_/u),
      nextStep: expect.stringContaining('Do not reword'),
    },
  });
});

test('a server that is down is an answer that says to repeat the very call', async () => {
  const { client } = scripted([new TypeError('fetch failed')], { retries: 0 });
  const { result } = await handleToolCall(client, openai('call_1', 'send_email', EMAIL));
  expect(result).toMatchObject({
    success: false,
    error: {
      code: 'connection_failed',
      retryable: true,
      nextStep: expect.stringContaining('same dedupeKey'),
    },
  });
});

test('a mailbox that is fixed is the one that sends, and the model may not name one', async () => {
  const door = await openDoor(shared);
  const other = await makeMailbox(shared.store, { org: door.org, address: 'other@sender.example' });
  const options = { mailbox: other.address };
  const sent = await handleToolCall(clientOf(door), openai('call_m', 'send_email', EMAIL), options);
  expect(sent.result).toMatchObject({ success: true });
  const { id } = sent.result as unknown as { id: string };
  expect(await clientOf(door).messages.get({ id })).toMatchObject({ mailbox: other.id });
  const named = openai('call_n', 'send_email', { ...EMAIL, mailbox: door.mailbox.id });
  expect((await handleToolCall(clientOf(door), named, options)).result).toMatchObject({
    success: false,
    error: { code: 'invalid_request', field: 'mailbox' },
  });
});

test('a signal ends the call, and that is no answer to a model', async () => {
  const signal = AbortSignal.abort(new Error('the user left'));
  const call = openai('call_1', 'list_emails', {});
  await expect(handleToolCall(clientOf(door), call, { signal })).rejects.toThrow('the user left');
});
