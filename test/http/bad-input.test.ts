import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  const never = async (): Promise<never> => Promise.reject(new Error('a bad request got as far as Temporal'));
  door = await openDoor(shared, { script: { submit: never } });
}, 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };

const FIELDS: [string, object, string, RegExp][] = [
  ['body instead of text', { ...EMAIL, text: undefined, body: 'x' }, 'body', /use `text`/u],
  ['from', { ...EMAIL, from: 'me@x.example' }, 'from', /fixed by the mailbox/u],
  ['an unknown field', { ...EMAIL, frobnicate: 1 }, 'frobnicate', /unknown field/u],
  [
    'a key that stands in the body',
    { ...EMAIL, idempotencyKey: 'k' },
    'idempotencyKey',
    /Idempotency-Key header/u,
  ],
  ['a mailbox that stands in the body', { ...EMAIL, mailbox: 'm' }, 'mailbox', /in the path/u],
  ['no recipient', { subject: 's', text: 't' }, 'to', /at least one recipient/u],
  ['no subject', { to: EMAIL.to, text: 't' }, 'subject', /./u],
  ['no text', { to: EMAIL.to, subject: 's' }, 'text', /text, html or both/u],
  ['a number for a text', { ...EMAIL, text: 42 }, 'text', /string/u],
  ['a number for the recipients', { ...EMAIL, to: 7 }, 'to', /./u],
  ['a list in the list of recipients', { ...EMAIL, to: [['a@b.example']] }, 'to[0]', /./u],
  ['null for a text', { ...EMAIL, text: null }, 'text', /string/u],
  ['what is no address', { ...EMAIL, to: ['ada@reader.example', 'nobody'] }, 'to[1]', /not a mail address/u],
  [
    '51 recipients',
    { ...EMAIL, to: Array.from({ length: 51 }, (_, i) => `a${i}@b.example`) },
    'to',
    /50|at most/u,
  ],
  ['a subject of 999 characters', { ...EMAIL, subject: 'x'.repeat(999) }, 'subject', /998|at most|too big/iu],
  ['a text of a million and one', { ...EMAIL, text: 'x'.repeat(1_000_001) }, 'text', /1000000|too big/iu],
  ['a dedupeKey of 257 characters', { ...EMAIL, dedupeKey: 'x'.repeat(257) }, 'dedupeKey', /256|too big/iu],
  ['eleven tags', { ...EMAIL, tags: Array.from({ length: 11 }, () => 't') }, 'tags', /10|too big/iu],
  ['a context of 70 KB', { ...EMAIL, context: { p: 'x'.repeat(70_000) } }, 'context', /65536/u],
  ['the year 0', { ...EMAIL, sendAt: '0000-01-01T00:00:00Z' }, 'sendAt', /years/u],
  ['a name of the prototype', { ...EMAIL, constructor: 1 }, 'constructor', /unknown field/u],
  ['a time without a zone', { ...EMAIL, sendAt: '2030-01-01T00:00:00' }, 'sendAt', /zone/u],
  ['a category that is none', { ...EMAIL, category: 'spam' }, 'category', /./u],
  ['a reserved header', { ...EMAIL, headers: { Bcc: 'x@y.example' } }, 'headers.Bcc', /X-/u],
  ['CR LF in the subject', { ...EMAIL, subject: 'a\r\nBcc: x@y.example' }, 'subject', /one line/u],
  ['LF in an address', { ...EMAIL, to: 'a@b.example\nx' }, 'to', /./u],
  ['CR in a name', { ...EMAIL, to: { address: 'a@b.example', name: 'A\rB' } }, 'to.name', /one line/u],
  ['LF in cc', { ...EMAIL, cc: ['a@b.example\n'] }, 'cc[0]', /./u],
  ['LF in bcc', { ...EMAIL, bcc: ['"x\n" <a@b.example>'] }, 'bcc[0]', /./u],
  ['LF in replyTo', { ...EMAIL, replyTo: 'a@b.example\nBcc: x' }, 'replyTo', /./u],
  ['LF in a header', { ...EMAIL, headers: { 'X-A': 'a\nBcc: x' } }, 'headers.X-A', /one line/u],
  ['LF in inReplyTo', { ...EMAIL, inReplyTo: '<a@b.example>\nX: y' }, 'inReplyTo', /./u],
  [
    'LF in a file name',
    { ...EMAIL, attachments: [{ filename: 'a\n', contentType: 'text/plain', content: '' }] },
    'attachments[0].filename',
    /one line/u,
  ],
];

test.each(FIELDS)('%s is refused, with the field and the mend', async (_, body, field, mend) => {
  const answer = await door.ask('POST', '/v1/messages', { body });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  expect(answer.body.errors.map((one: { field: string }) => one.field)).toContain(field);
  expect(answer.body.errors.find((one: { field: string }) => one.field === field).message).toMatch(mend);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
});

const utf8 = (bytes: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

test.each([
  ['half an object', '{"to": "a@b.example"', 400, 'invalid_json'],
  ['a trailing comma', '{"to": "a@b.example",}', 400, 'invalid_json'],
  ['no JSON at all', 'to=a@b.example', 400, 'invalid_json'],
  ['bytes that are not UTF-8', utf8([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_json'],
  ['a list', '[]', 400, 'invalid_request'],
  ['a string', '"hello"', 400, 'invalid_request'],
  ['null', 'null', 400, 'invalid_request'],
  ['keys of the prototype', '{"__proto__": {"to": "a@b.example"}, "constructor": 1}', 400, 'invalid_request'],
])('a body of %s is a %3$i that does not repeat it', async (_, raw, status, code) => {
  const answer = await door.ask('POST', '/v1/messages', { raw });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(JSON.stringify(answer.body)).not.toContain('a@b.example');
  expect(({} as Record<string, unknown>)['to']).toBeUndefined();
});

test('a body without the content type of JSON is a 415', async () => {
  const answer = await door.ask('POST', '/v1/messages', {
    body: EMAIL,
    headers: { 'Content-Type': 'text/plain' },
  });
  expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
});

const TEN_MB = 10 * 1024 * 1024;

test('a body of 10 MB is a 413 by its announced length alone', async () => {
  const answer = await door.ask('POST', '/v1/messages', {
    raw: '{}',
    headers: { 'Content-Length': String(TEN_MB) },
  });
  expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
});

test('a body of 10 MB that does not say its length is a 413, and is not read to its end', async () => {
  let sent = 0;
  const raw = new ReadableStream<Uint8Array>({
    pull: (to) => {
      sent += 65_536;
      if (sent > TEN_MB) to.close();
      else to.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
  const answer = await door.ask('POST', '/v1/messages', { raw });
  expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  expect(sent).toBeLessThan(TEN_MB);
});

const cursor = (at: string, id: string): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

test.each([
  ['GET', '/v1/messages?limit=many', 'limit'],
  ['GET', '/v1/messages?limit=0', 'limit'],
  ['GET', '/v1/messages?limit=1000', 'limit'],
  ['GET', '/v1/messages?limit=1&limit=2', 'limit'],
  ['GET', '/v1/messages?status=asleep', 'status'],
  ['GET', '/v1/messages?page=2', 'page'],
  ['GET', '/v1/messages?cursor=rubbish', 'cursor'],
  ['GET', `/v1/messages?cursor=${cursor('0000-01-01T00:00:00Z', 'x')}`, 'cursor'],
  ['GET', `/v1/messages?cursor=${cursor('9999-12-31T23:59:59Z', '\u0000')}`, 'cursor'],
  ['GET', `/v1/messages?cursor=${cursor('9999-12-31T23:59:59Z', '\ud800')}`, 'cursor'],
  ['GET', '/v1/messages/x?id=y', 'id'],
  ['POST', '/v1/messages?dedupeKey=k', 'dedupeKey'],
  ['GET', `/v1/messages/${'x'.repeat(256)}`, 'id'],
  ['GET', '/v1/messages/a%0Ab', 'id'],
])('%s %s is a 400 that names %s', async (method, path, field) => {
  const answer = await door.ask(method, path, method === 'POST' ? { body: EMAIL } : {});
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'invalid_request', field]);
});

test.each(['0000-01-01T00:00:00Z', '0000-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'])(
  'a new time of %s is a 400',
  async (sendAt) => {
    const answer = await door.ask('POST', '/v1/messages/x/reschedule', { body: { sendAt } });
    expect([answer.status, answer.body.field]).toEqual([400, 'sendAt']);
  },
);

test('a route to a provider that is not there is a 400 that names those that are', async () => {
  const other = await openDoor(shared, {
    hookReaders: {
      smtp: { readHook: async () => ({ reports: [] }) },
      sandbox: { readHook: async () => ({ reports: [] }) },
    },
  });
  const ask = (method: string, path: string, provider: string, more: object = {}): ReturnType<Door['ask']> =>
    other.ask(method, path, { key: other.admin.apiKey, body: { ...more, route: [{ provider }] } });
  const own = `/v1/mailboxes/${other.mailbox.id}`;
  for (const provider of ['nope', 'constructor', 'sandbox'])
    for (const answer of [
      await ask('PATCH', own, provider),
      await ask('POST', '/v1/mailboxes', provider, { address: 'routed@sender.example' }),
    ]) {
      expect([answer.status, answer.body.field]).toEqual([400, 'route[0].provider']);
      expect(answer.body.detail).toMatch(/there are: smtp$/u);
    }
  expect((await ask('PATCH', own, 'smtp')).status).toBe(200);
});

test('an Idempotency-Key that is too long is a 400', async () => {
  const answer = await door.ask('POST', '/v1/messages', {
    body: EMAIL,
    headers: { 'Idempotency-Key': 'x'.repeat(256) },
  });
  expect([answer.status, answer.body.field]).toEqual([400, 'idempotencyKey']);
});

test.each(['draft:drf_a:1', 'workflow:order-1', 'fp:abc:1'])(
  'the key %s is a name of ours: nobody takes it before us',
  async (key) => {
    const door = await openDoor(shared);
    const path = `/v1/mailboxes/${door.mailbox.id}/messages`;
    const byHeader = await door.ask('POST', path, { body: EMAIL, headers: { 'Idempotency-Key': key } });
    const byBody = await door.ask('POST', path, { body: { ...EMAIL, dedupeKey: key } });
    for (const { status, body } of [byHeader, byBody])
      expect([status, body.code, body.detail]).toEqual([
        400,
        'invalid_request',
        expect.stringContaining('names of ours'),
      ]);
  },
);

test('an unknown mailbox is a 404, and one that the key is not bound to is the same', async () => {
  const second = await door.store.createMailbox({ org: door.org, address: 'hidden@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const bound = await door.key(['messages:send'], { mailboxes: [door.mailbox.id] });
  const unknown = await door.ask('POST', '/v1/mailboxes/nobody/messages', { body: EMAIL, key: bound.apiKey });
  const hidden = await door.ask('POST', `/v1/mailboxes/${second.id}/messages`, {
    body: EMAIL,
    key: bound.apiKey,
  });
  expect([unknown.status, unknown.body.code]).toEqual([404, 'mailbox_unknown']);
  expect({ ...hidden.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
});

test('a path that is not there is a 404, and a method that is not there a 405 with those that are', async () => {
  const path = await door.ask('GET', '/v1/nothing');
  expect([path.status, path.body.code]).toEqual([404, 'not_found']);
  const method = await door.ask('PUT', '/v1/messages/abc');
  expect([method.status, method.body.code, method.headers.get('allow')]).toEqual([
    405,
    'method_not_allowed',
    'GET, HEAD, OPTIONS',
  ]);
});

test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:8025'])(
  'a request for the host %s is misdirected',
  async (host) => {
    const answer = await door.ask('GET', '/healthz', { headers: { Host: host } });
    expect([answer.status, answer.body.code]).toEqual([421, 'misdirected']);
  },
);

test.each(['localhost:8025', '127.0.0.1:1', '[::1]:8025', 'mail.example', 'MAIL.example:443', 'warden.test'])(
  'a request for the host %s is served',
  async (host) => {
    expect((await door.ask('GET', '/healthz', { headers: { Host: host } })).status).toBe(200);
  },
);

test('no log line holds an address, a key, a query or a body', async () => {
  await door.ask('GET', '/v1/mailboxes/secret%40sender.example?q=query-text');
  await door.ask('POST', '/v1/messages', { body: { ...EMAIL, subject: 'subject-text\n' } });
  expect(door.logged()).toContain('/v1/mailboxes/:mailbox');
  expect(door.logged()).not.toMatch(/secret|query-text|subject-text|@|mw_live|Bearer/u);
});
