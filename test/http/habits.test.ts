/** @module The habits of HTTP that callers and proxies rely on. */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../src/errors.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const UUID = /^[0-9a-f-]{36}$/u;

test('a well-formed X-Request-Id of the caller is taken over, in the answer, the problem and the log', async () => {
  const answer = await door.ask('GET', '/v1/messages/none', { headers: { 'X-Request-Id': 'run-7.a_b' } });
  expect([answer.headers.get('x-request-id'), answer.body.requestId]).toEqual(['run-7.a_b', 'run-7.a_b']);
  expect(door.logged()).toContain('"requestId":"run-7.a_b"');
});

test.each(['ada@reader.example', 'a b', 'x'.repeat(65), '<script>'])(
  'the X-Request-Id %s is replaced by one of ours',
  async (given) => {
    const answer = await door.ask('GET', '/v1/messages/none', { headers: { 'X-Request-Id': given } });
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  },
);

test('every answer is harmless in a browser, and none is kept by a cache', async () => {
  for (const path of ['/healthz', '/v1/messages', '/v1/nothing', '/problems/not_found']) {
    const { headers } = await door.ask('GET', path);
    expect([path, headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
      path,
      'nosniff',
      'no-store',
    ]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  }
});

test('an answer of more than a kilobyte is compressed for who takes gzip, a short one is not', async () => {
  const headers = { 'Accept-Encoding': 'gzip', Authorization: `Bearer ${door.agent.apiKey}` };
  const get = async (path: string): Promise<Response> =>
    await door.fetch(new Request(`http://localhost${path}`, { headers }));
  const long = await get('/openapi.json');
  expect([long.headers.get('content-encoding'), long.headers.get('vary')]).toEqual([
    'gzip',
    'Accept-Encoding',
  ]);
  const text = gunzipSync(Buffer.from(await long.arrayBuffer())).toString();
  expect(JSON.parse(text)).toMatchObject({ openapi: '3.1.0' });
  const short = await get('/v1/approvals/none');
  expect(short.headers.get('content-encoding')).toBeNull();
});

test('a compressed body is a 415 that says so', async () => {
  const answer = await door.ask('POST', '/v1/messages', {
    body: EMAIL,
    headers: { 'Content-Encoding': 'gzip' },
  });
  expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
  expect(answer.body.detail).toMatch(/without Content-Encoding/u);
});

test('HEAD answers like GET without a body, and OPTIONS names the methods', async () => {
  const ask = async (method: string): Promise<Response> =>
    await door.fetch(
      new Request('http://localhost/v1/messages', {
        method,
        headers: { Authorization: `Bearer ${door.agent.apiKey}` },
      }),
    );
  const head = await ask('HEAD');
  expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
    200,
    'application/json',
    '',
  ]);
  const options = await ask('OPTIONS');
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS']);
});

test('an empty body under the content type of JSON is one without fields', async () => {
  const revoked = await door.key(['messages:read']);
  const answer = await door.ask('DELETE', `/v1/keys/${revoked.row.id}`, {
    key: door.admin.apiKey,
    raw: '',
    headers: { 'Content-Type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  const empty = await door.ask('POST', '/v1/messages', { raw: '' });
  expect([empty.status, empty.body.code, empty.body.errors[0].field]).toEqual([
    400,
    'invalid_request',
    'subject',
  ]);
});

test('a page of another site is told nothing, unless the config opens the API for its origin', async () => {
  const from = async (opened: Door, origin: string, method = 'GET'): Promise<Response> =>
    await opened.fetch(
      new Request('http://localhost/v1/messages', {
        method,
        headers: {
          Origin: origin,
          Authorization: `Bearer ${opened.agent.apiKey}`,
          ...(method === 'OPTIONS' && { 'Access-Control-Request-Method': 'POST' }),
        },
      }),
    );
  const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin');
  expect(allowed(await from(door, 'https://app.example'))).toBeNull();
  const opened = await openDoor(shared, { http: { corsOrigins: ['https://app.example'] } });
  const own = await from(opened, 'https://app.example');
  expect(allowed(own)).toBe('https://app.example');
  expect(own.headers.get('access-control-expose-headers')).toContain('Retry-After');
  expect(own.headers.get('access-control-allow-credentials')).toBeNull();
  expect(own.headers.get('vary')).toContain('Origin');
  const preflight = await from(opened, 'https://app.example', 'OPTIONS');
  expect([preflight.status, allowed(preflight)]).toEqual([204, 'https://app.example']);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
  for (const method of ['GET', 'OPTIONS'])
    expect(allowed(await from(opened, 'https://other.example', method))).toBeNull();
});

test('a key that asks too often gets 429 with Retry-After, without a query, and another key is served', async () => {
  const callerOf = vi.fn(shared.store.callerOf);
  const messages = vi.fn(shared.store.messages);
  const limited = await openDoor(shared, {
    http: { rateLimit: { perSecond: 2, burst: 3 } },
    store: { callerOf, messages },
  });
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await limited.ask('GET', '/v1/messages'));
  expect(answers.map((one) => one.status)).toEqual([200, 200, 200, 429, 429]);
  expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"key";q=3;w=2');
  expect(answers.map((one) => one.headers.get('ratelimit'))).toEqual([
    ...['"key";r=2;t=1', '"key";r=1;t=1', '"key";r=0;t=2', '"key";r=0;t=2', '"key";r=0;t=2'],
  ]);
  expect([answers[4]?.body.code, answers[4]?.headers.get('retry-after')]).toEqual(['rate_limited', '1']);
  expect([callerOf.mock.calls.length > 0, messages.mock.calls.length]).toEqual([true, 3]);
  expect((await limited.ask('GET', '/v1/messages', { key: limited.admin.apiKey })).status).toBe(200);
  shared.clock.advance(1_000);
  expect((await limited.ask('GET', '/v1/messages')).status).toBe(200);
});

test('a verb that hangs is answered: a read may be repeated, of a change the outcome is unknown', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const slow = await openDoor(shared);
  const hanging = await openDoor(shared, {
    app: {
      timeLimit: 50,
      service: {
        ...slow.service,
        call: async (_name, _caller, _input, context) => {
          signals.push(context?.signal);
          return await new Promise<never>(() => undefined);
        },
      },
    },
  });
  const read = await hanging.ask('GET', '/v1/messages');
  expect([read.status, read.body.code, read.headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
  const change = await hanging.ask('POST', '/v1/messages', { body: EMAIL });
  expect([change.status, change.body.code]).toEqual([503, 'outcome_unknown']);
  expect(signals.map((one) => one?.aborted)).toEqual([true, true]);
});

test.each([
  ['65 brackets', `{"context":${'['.repeat(65)}${']'.repeat(65)}}`, /nested deeper than 64/u],
  ['a million brackets', `{"context":${'['.repeat(1_000_000)}`, /nested deeper than 64/u],
  ['__proto__ in a map', '{"metadata":{"__proto__":"x"}}', /__proto__/u],
  ['__proto__ in escapes', '{"metadata":{"\\u005f_pr\\u006fto__" : "x"}}', /__proto__/u],
])('%s is a 400 before it is parsed', async (_, raw, detail) => {
  const answer = await door.ask('POST', '/v1/messages', { raw });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  expect(answer.body.detail).toMatch(detail);
});

test('brackets, escapes and the name of the prototype in a text are only text', async () => {
  const text = `${'['.repeat(100)}\\"{"__proto__": "\\\\`;
  const answer = await door.ask('POST', '/v1/messages', { body: { ...EMAIL, text, reason: '__proto__' } });
  expect(answer.status).toBe(202);
  const shown = await door.ask('GET', `/v1/messages/${answer.body.id}`);
  expect(shown.body.content.text).toBe(text);
});

test('a version is an ETag: for who has it there is nothing new, and who has an older one overwrites nothing', async () => {
  const path = `/v1/mailboxes/${door.mailbox.id}`;
  const ask = async (method: string, headers: Record<string, string>, body?: object): Promise<Response> =>
    await door.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${door.admin.apiKey}`,
          'Content-Type': 'application/json',
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const first = await ask('GET', {});
  const etag = first.headers.get('etag')!;
  expect(etag).toBe(`"${((await first.json()) as { version: number }).version}"`);
  for (const known of [etag, `W/${etag}`, `"999", ${etag}`, '*']) {
    const again = await ask('GET', { 'If-None-Match': known });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  }
  expect((await ask('GET', { 'If-None-Match': '"999"' })).status).toBe(200);
  // As a proxy that compresses writes it.
  const changed = await ask('PATCH', { 'If-Match': `W/${etag}` }, { displayName: 'One' });
  expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  expect((await ask('PATCH', { 'If-Match': etag }, { displayName: 'Two' })).status).toBe(412);
});

test('an answer to an earlier call says so in a header', async () => {
  const headers = { 'Idempotency-Key': 'habit-1' };
  const body = EMAIL;
  const first = await door.ask('POST', '/v1/messages', { body, headers });
  expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
  const again = await door.ask('POST', '/v1/messages', { body, headers });
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  expect(again.body.id).toBe(first.body.id);
});

test.each(Object.keys(PROBLEMS) as ProblemCode[])(
  'the page of %s tells people and programs',
  async (code) => {
    const json = await door.ask('GET', `/problems/${code}`, { key: null });
    expect(json.body).toMatchObject({ code, status: PROBLEMS[code].status, meaning: /./u, mend: /./u });
    const page = await door.fetch(
      new Request(`http://localhost/problems/${code}`, { headers: { Accept: 'text/html,*/*;q=0.8' } }),
    );
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain(`<code>${code}</code>`);
  },
);

test('there is no page of a problem that there is not', async () => {
  for (const code of ['constructor', 'nope'])
    expect((await door.ask('GET', `/problems/${code}`, { key: null })).status).toBe(404);
});
