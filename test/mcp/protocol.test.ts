import { afterAll, beforeAll, expect, test } from 'vitest';
import { request as httpRequest } from 'node:http';
import { openMcp, use, type McpDoor } from '../support/mcp.js';
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

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const ASKED_BACK = {
  ...INITIALIZE,
  params: { ...INITIALIZE.params, capabilities: { elicitation: { url: {} } } },
};
const LIST = { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} };

/** The JSON-RPC answer, from JSON or from the first event of a stream. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is what the test is about
async function answerOf(response: Response): Promise<any> {
  const text = await response.text();
  const data = text.split('\n').find((line) => line.startsWith('data: {'));
  return JSON.parse(data?.slice(6) ?? text);
}

test('without a key, or with a wrong one, a client learns where to read how to get one', async () => {
  for (const key of ['', 'Bearer mw_live_nothing', 'Basic abc']) {
    const response = await mcp.post(INITIALIZE, { Authorization: key });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const where = /resource_metadata="([^"]+)"/u.exec(response.headers.get('www-authenticate') ?? '')?.[1];
    expect(where).toBe('http://warden.test/.well-known/oauth-protected-resource/mcp');
    expect(await response.json()).toMatchObject({ code: 'unauthorized' });
  }
});

test('the metadata names the resource, its scopes, and no authorization server', async () => {
  for (const [path, resource] of [
    ['/.well-known/oauth-protected-resource/mcp', 'http://warden.test/mcp'],
    ['/.well-known/oauth-protected-resource', 'http://warden.test'],
  ]) {
    const { status, body, headers } = await mcp.ask('GET', path as string, { key: null });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resource, bearer_methods_supported: ['header'] });
    expect(body.scopes_supported).toEqual(expect.arrayContaining(['messages:send', 'approvals:decide']));
    expect(body.authorization_servers).toBeUndefined();
    expect(body.resource_documentation).toBe('http://warden.test/problems/unauthorized');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  }
});

test('a key that was revoked stops at its next request, with and without a session', async () => {
  for (const capabilities of [{}, { elicitation: { url: {} } }]) {
    const key = await mcp.key(['messages:read']);
    const client = await mcp.connect({ key: key.apiKey, capabilities });
    expect((await use(client, 'list_emails')).isError).toBe(false);
    await mcp.store.revokeKey(mcp.org, key.row.id, 'test');
    await expect(use(client, 'list_emails')).rejects.toThrow(/401|Unauthorized/iu);
  }
});

test('pages of other sites are turned away, and other names of this host', async () => {
  for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null']) {
    const response = await mcp.post(INITIALIZE, { Origin: origin });
    expect([origin, response.status]).toEqual([origin, 403]);
  }
  for (const origin of ['http://localhost:3000', 'http://warden.test'])
    expect((await mcp.post(INITIALIZE, { Origin: origin })).status).toBe(200);
  expect(await statusWithHost('evil.example')).toBe(421);
  expect(await statusWithHost('localhost')).toBe(200);
});

/** `fetch` sets Host by itself. */
const statusWithHost = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...{ Host: host, Authorization: `Bearer ${mcp.agent.apiKey}`, 'Content-Type': 'application/json' },
      Accept: 'application/json, text/event-stream',
    };
    const sent = httpRequest(mcp.url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end(JSON.stringify(INITIALIZE));
  });

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
test.each([
  ['nothing', '', 400],
  ['no JSON', '{"jsonrpc":', 400],
  ['null', 'null', 400],
  ['a number', '7', 400],
  ['another version', { ...LIST, jsonrpc: '1.0' }, 400],
  ['no method', { jsonrpc: '2.0', id: 1 }, 400],
  ['an id that is an object', { ...LIST, id: { a: 1 } }, 400],
  ['a prototype', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"__proto__":{}}}', 400],
  ['JSON that is nested deeply', DEEP, 400],
  ['a list of fifty requests', Array.from({ length: 50 }, (_, id) => ({ ...LIST, id })), 400],
  ['a body that is too large', `"${'x'.repeat(9 * 1024 * 1024)}"`, 413],
])('a request that is %s gets a clean answer', async (_, body, status) => {
  const response = await mcp.post(body);
  expect(response.status).toBe(status);
  const answer = await answerOf(response);
  expect(answer.error ?? answer).toMatchObject({ code: expect.anything() });
  expect(JSON.stringify(answer).length).toBeLessThan(1_000);
});

test('what the protocol does not know is an error of the protocol, and the next request goes on', async () => {
  const wrong = [
    { ...LIST, method: 'no/such' },
    { ...LIST, method: 'tools/call', params: { name: 'no_such', arguments: {} } },
    { ...LIST, method: 'tools/call', params: { name: 'send_email', arguments: 'text' } },
    { ...LIST, method: 'resources/read', params: { uri: 'mailwarden://messages/none-such' } },
    { ...LIST, method: 'resources/read', params: { uri: 'file:///etc/passwd' } },
    { ...LIST, method: 'prompts/get', params: { name: 'constructor' } },
    { ...LIST, method: 'tools/call', params: { name: 'constructor', arguments: {} } },
  ];
  for (const body of wrong) {
    const response = await mcp.post(body);
    const { id, error } = await answerOf(response);
    expect([body.method, response.status < 500, id, error.code]).toEqual([
      body.method,
      true,
      2,
      expect.any(Number),
    ]);
  }
  expect((await answerOf(await mcp.post(LIST))).result.tools.length).toBeGreaterThan(0);
});

test('a version that nobody knows is answered with one that we speak', async () => {
  const asked = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: '1999-01-01' } };
  expect((await answerOf(await mcp.post(asked))).result.protocolVersion).toBe('2025-11-25');
  const response = await mcp.post(LIST, { 'MCP-Protocol-Version': '1999-01-01' });
  expect(response.status).toBe(400);
});

test('other media types and methods are told what goes', async () => {
  expect((await mcp.post(LIST, { 'Content-Type': 'text/plain' })).status).toBe(415);
  for (const method of ['GET', 'PUT', 'PATCH']) {
    const response = await fetch(mcp.url, {
      method,
      headers: { Authorization: `Bearer ${mcp.agent.apiKey}` },
    });
    expect([method, response.status]).toEqual([method, 405]);
    expect(response.headers.get('allow')).toContain('POST');
  }
});

test('no session is made for a client that cannot be asked back: any server answers it', async () => {
  expect((await mcp.post(INITIALIZE)).headers.get('mcp-session-id')).toBeNull();
  const other = await openMcp(shared);
  const headers = { Authorization: `Bearer ${mcp.agent.apiKey}` };
  expect((await answerOf(await other.post(LIST, headers))).result.tools.length).toBeGreaterThan(0);
  await other.close();
});

test('a client that says more of itself than a session keeps is served without one', async () => {
  expect((await mcp.post(ASKED_BACK)).headers.get('mcp-session-id')).not.toBeNull();
  const clientInfo = { name: 'test', version: '1', title: 'x'.repeat(20_000) };
  const response = await mcp.post({ ...ASKED_BACK, params: { ...ASKED_BACK.params, clientInfo } });
  expect([response.status, response.headers.get('mcp-session-id')]).toEqual([200, null]);
  expect((await answerOf(response)).result.serverInfo.name).toBe('mailwarden');
});

test('a session is its key’s alone, and one that is unknown here is served without it', async () => {
  const session = (await mcp.post(ASKED_BACK)).headers.get('mcp-session-id') ?? '';
  expect(session).toMatch(/^[0-9a-f-]{36}$/u);
  const headers = { 'Mcp-Session-Id': session };
  expect((await answerOf(await mcp.post(LIST, headers))).result.tools.length).toBeGreaterThan(0);
  // With the session of another, and that of another server: with the caller's own rights.
  const reader = await mcp.key(['messages:read']);
  const others = await mcp.post(LIST, { ...headers, Authorization: `Bearer ${reader.apiKey}` });
  const names = (await answerOf(others)).result.tools.map((one: { name: string }) => one.name);
  expect(names).not.toContain('send_email');
  const unknown = await mcp.post(LIST, { 'Mcp-Session-Id': 'somewhere-else' });
  expect((await answerOf(unknown)).result.tools.length).toBeGreaterThan(0);
  const ended = await fetch(mcp.url, {
    method: 'DELETE',
    headers: { ...headers, Authorization: `Bearer ${mcp.agent.apiKey}` },
  });
  expect(ended.status).toBe(200);
});

test('more calls than a key may make are a 429 with the time to wait', async () => {
  const slow = await openMcp(shared, { http: { rateLimit: { perSecond: 1, burst: 2 } } });
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const response = await slow.post(LIST);
    statuses.push(response.status);
    await response.text();
    if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(statuses).toEqual([200, 200, 429]);
  await slow.close();
});

test('no key, address or text of a call reaches the log', async () => {
  const client = await mcp.connect();
  await use(client, 'send_email', { to: 'secret.person@reader.example', subject: 'Quiet', text: 'Hush' });
  await mcp.post('{"secret.person@reader.example"');
  const logged = mcp.logged();
  expect(logged).toContain('/mcp');
  for (const word of [mcp.agent.apiKey, 'secret.person', 'Hush', 'Quiet']) expect(logged).not.toContain(word);
});
