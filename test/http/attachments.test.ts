/** @module Attachments by reference: uploaded once, named by emails, unknown to everybody else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomBytes, randomUUID } from 'node:crypto';
import { Problem } from '../../src/errors.js';
import { LIMITS } from '../../src/core/email/request.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { sha256, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const upload = async (
  door: Door,
  raw: Uint8Array<ArrayBuffer>,
  type = 'application/pdf',
  key = door.agent.apiKey,
): Promise<Answer> =>
  await door.ask('POST', '/v1/attachments', { raw, headers: { 'Content-Type': type }, key });
const some = (size = 32): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));
const named = (digest: string): object => ({
  ...{ to: 'ada@reader.example', subject: randomUUID(), text: 'Hello' },
  attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', sha256: digest }],
});

test('bytes of any media type are kept under their digest, which an email can name', async () => {
  const door = await openDoor(shared);
  const bytes = some();
  const first = await upload(door, bytes, 'Text/Plain; charset=utf-8');
  expect([first.status, first.body]).toEqual([
    201,
    {
      ...{ sha256: sha256(bytes), size: 32, contentType: 'text/plain' },
      expiresAt: '2026-04-01T10:00:00.000Z',
    },
  ]);
  expect((await upload(door, bytes, 'text/plain')).body).toEqual(first.body);
  expect((await door.ask('GET', `/v1/attachments/${first.body.sha256}`)).body).toEqual(first.body);
  const json = new TextEncoder().encode('{"not":"an object of ours"}');
  expect((await upload(door, json, 'application/json')).body.sha256).toBe(sha256(json));
  const sent = await door.ask('POST', '/v1/messages', { body: named(first.body.sha256) });
  expect(sent.status).toBe(202);
  const { content } = (await door.ask('GET', `/v1/messages/${sent.body.id}`)).body;
  expect(content.attachments).toEqual([
    { filename: 'a.pdf', contentType: 'application/pdf', size: 32, sha256: sha256(bytes) },
  ]);
});

test('a digest of another org, of the other mode, or of nothing is unknown, and says how to mend it', async () => {
  const door = await openDoor(shared);
  const digest = (await upload(await openDoor(shared), some())).body.sha256;
  const tester = await door.key(['messages:send', 'messages:read'], { mode: 'test' });
  const own = (await upload(door, some())).body.sha256;
  for (const [key, one] of [
    [door.agent.apiKey, digest],
    [tester.apiKey, own],
    [door.agent.apiKey, 'f'.repeat(64)],
  ] as const) {
    expect((await door.ask('GET', `/v1/attachments/${one}`, { key })).status).toBe(404);
    const { status, body } = await door.ask('POST', '/v1/messages', { key, body: named(one) });
    expect([status, body.code, body.field]).toEqual([400, 'invalid_request', 'attachments[0].sha256']);
    expect(body.detail).toContain('POST /v1/attachments');
  }
});

test('what is over is unknown; naming it in time keeps it for the email', async () => {
  const door = await openDoor(shared);
  const [named1, left] = [(await upload(door, some())).body.sha256, (await upload(door, some())).body.sha256];
  const start = shared.clock();
  try {
    shared.clock.advance(20 * 24 * 3_600_000);
    expect((await door.ask('POST', '/v1/messages', { body: named(named1) })).status).toBe(202);
    shared.clock.advance(11 * 24 * 3_600_000);
    await shared.store.deleteExpired({ dedupeWindowMs: 0, limit: 100 });
    expect((await door.ask('POST', '/v1/messages', { body: named(named1) })).status).toBe(202);
    expect((await door.ask('POST', '/v1/messages', { body: named(left) })).status).toBe(400);
  } finally {
    shared.clock.set(start);
  }
});

test('an attachment is given once: by value or by reference', async () => {
  const door = await openDoor(shared);
  const { sha256: digest } = (await upload(door, some())).body;
  const of = async (attachment: object): Promise<[number, string | undefined]> => {
    const attachments = [{ filename: 'a', contentType: 'text/plain', ...attachment }];
    const { status, body } = await door.ask('POST', '/v1/messages', {
      body: { ...named(digest), attachments },
    });
    return [status, body.field];
  };
  expect(await of({})).toEqual([400, 'attachments[0].content']);
  expect(await of({ content: 'YQ==', sha256: digest })).toEqual([400, 'attachments[0].sha256']);
  expect(await of({ sha256: digest.toUpperCase() })).toEqual([400, 'attachments[0].sha256']);
  expect(await of({ content: 'not base64' })).toEqual([400, 'attachments[0].content']);
  expect(await of({ content: 'YQ==' })).toEqual([202, undefined]);
});

test('five megabytes are taken and not a byte more, whether uploaded or named together', async () => {
  const door = await openDoor(shared);
  const most = await upload(door, some(LIMITS.attachmentsBytes));
  expect(most.status).toBe(201);
  const over = await upload(door, some(LIMITS.attachmentsBytes + 1));
  expect([over.status, over.body.code]).toEqual([413, 'body_too_large']);
  const small = await upload(door, some(1));
  const attachments = [most, small].map(({ body }) => ({
    ...{ filename: 'a', contentType: 'text/plain', sha256: body.sha256 },
  }));
  const body = { ...named(''), attachments };
  const { status, body: problem } = await door.ask('POST', '/v1/messages', { body });
  expect([status, problem.field]).toEqual([400, 'attachments']);
  const alone = { ...body, attachments: attachments.slice(0, 1) };
  expect((await door.ask('POST', '/v1/messages', { body: alone })).status).toBe(202);
});

test('an edit may keep an attachment of its email by its digest, and no other that was never uploaded', async () => {
  const revised: string[] = [];
  const door = await openDoor(shared, {
    mailbox: { autonomy: 'review_all' },
    script: {
      update: async (id, name) => {
        revised.push(name);
        const view = await shared.store.view(id);
        return { result: 'applied', view };
      },
    },
  });
  const bytes = Buffer.from('kept with its email');
  const { body: sent } = await door.ask('POST', '/v1/messages', {
    body: {
      ...named(''),
      attachments: [{ filename: 'a', contentType: 'text/plain', content: bytes.toString('base64') }],
    },
  });
  const edit = async (digest: string): Promise<Answer> =>
    await door.ask('POST', `/v1/messages/${sent.id}/revisions`, {
      body: { ...named(digest), digest: sent.digest },
    });
  expect((await edit('f'.repeat(64))).body.field).toBe('attachments[0].sha256');
  expect(revised).toEqual([]);
  expect((await edit(sha256(bytes))).status).toBe(200);
  expect(revised).toEqual(['revise']);
  expect((await door.ask('POST', '/v1/messages', { body: named(sha256(bytes)) })).status).toBe(400);
});

test('an org that keeps too much is told when to come back', async () => {
  const door = await openDoor(shared, {
    store: {
      putUpload: () => Promise.reject(new Problem('rate_limited', { detail: 'full', retryAfter: 3_600 })),
    },
  });
  const { status, headers } = await upload(door, some());
  expect([status, headers.get('retry-after')]).toEqual([429, '3600']);
});

test('an upload needs a key that may send or write drafts', async () => {
  const door = await openDoor(shared);
  const { sha256: digest } = (await upload(door, some())).body;
  expect((await upload(door, some(), 'a/b', (await door.key(['drafts:write'])).apiKey)).status).toBe(201);
  expect((await upload(door, some(), 'a/b', door.reviewer.apiKey)).status).toBe(403);
  expect((await door.ask('GET', `/v1/attachments/${digest}`, { key: door.reviewer.apiKey })).status).toBe(
    403,
  );
  const bad = await upload(door, some(), 'nonsense');
  expect([bad.status, bad.body.field]).toEqual([400, 'contentType']);
});
