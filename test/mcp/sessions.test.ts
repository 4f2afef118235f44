import { expect, test } from 'vitest';
import { McpServer } from '@modelcontextprotocol/server';
import { createSessions, type Sessions } from '../../src/mcp/sessions.js';
import { testClock } from '../support/store.js';

const LIMITS = { most: 5, mostOfOneKey: 2, idle: 60_000 };

function house(): {
  sessions: Sessions;
  open: (owner: string) => Promise<string>;
  pass: (ms: number) => void;
} {
  const clock = testClock();
  let made = 0;
  const sessions = createSessions({
    factory: () => new McpServer({ name: 'test', version: '1' }),
    ...{ clock, randomId: () => `session-${++made}`, maxRequestBodySize: 1_000_000, limits: LIMITS },
  });
  const open = async (owner: string): Promise<string> => {
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    });
    const authInfo = { token: owner, clientId: owner, scopes: [] };
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const transport = await sessions.open(owner, request, authInfo);
    const response = await transport.handleRequest(request, {
      authInfo,
      parsedBody: { jsonrpc: '2.0', id: 1, method: 'initialize', params },
    });
    await response.text();
    return response.headers.get('mcp-session-id') ?? '';
  };
  return {
    sessions,
    open,
    pass: (ms) => {
      clock.advance(ms);
    },
  };
}

test('a key that opens more sessions than it may have loses the one it used least lately', async () => {
  const { sessions, open } = house();
  const [first, second] = [await open('a'), await open('a')];
  expect(sessions.find(first, 'a')).not.toBeNull();
  const third = await open('a');
  expect([first, second, third].map((id) => sessions.find(id, 'a') !== null)).toEqual([true, false, true]);
});

test('all keys together have no more than the process has room for', async () => {
  const { sessions, open } = house();
  const opened = [];
  for (let i = 0; i < 20; i++) opened.push([`key-${i}`, await open(`key-${i}`)] as const);
  expect(sessions.size()).toBe(LIMITS.most);
  expect(opened.slice(-LIMITS.most).every(([owner, id]) => sessions.find(id, owner) !== null)).toBe(true);
});

test('one that nobody uses ends, and another key never finds it', async () => {
  const { sessions, open, pass } = house();
  const id = await open('a');
  expect(sessions.find(id, 'b')).toBeNull();
  pass(LIMITS.idle + 1);
  await open('b');
  expect(sessions.find(id, 'a')).toBeNull();
  expect(sessions.size()).toBe(1);
});
