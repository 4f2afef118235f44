/** @module Drafts over HTTP: written in steps, seen by whom they concern, and sent once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NotConnected } from '../../src/service/connectivity.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { admitting, type Script, type Start } from '../support/scripted-temporal.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };

const create = (door: Door, body: object = EMAIL, key?: string): Promise<Answer> =>
  door.ask('POST', '/v1/drafts', { body, ...(key !== undefined && { key }) });
const made = async (door: Door, body: object = EMAIL): Promise<string> => (await create(door, body)).body.id;
const patch = (door: Door, id: string, body: object, ifMatch?: string): Promise<Answer> =>
  door.ask('PATCH', `/v1/drafts/${id}`, { body, ...(ifMatch && { headers: { 'If-Match': ifMatch } }) });
const submit = (door: Door, id: string, body: object = {}, ifMatch?: string): Promise<Answer> =>
  door.ask('POST', `/v1/drafts/${id}/submit`, {
    ...{ body, ...(ifMatch && { headers: { 'If-Match': ifMatch } }) },
  });
const shown = async (door: Door, id: string): Promise<Answer['body']> =>
  (await door.ask('GET', `/v1/drafts/${id}`)).body;

/** A door whose Temporal does what the test says, one step per start; then what a worker would do. */
async function scripted(steps: Script['submit'][]): Promise<{ door: Door; starts: Start[] }> {
  const starts: Start[] = [];
  const door = await openDoor(shared, {
    script: {
      submit: async (start) => {
        starts.push(start);
        return await (steps.shift() ?? admitting(shared.store, door.ring))(start);
      },
      describe: async () => ({ type: 'sendEmail', status: { name: 'RUNNING' } }),
    },
  });
  return { door, starts };
}

test('a draft is written in steps, and what was not written is not there', async () => {
  const door = await openDoor(shared);
  const first = await create(door, { subject: 'Hello' });
  expect([first.status, first.headers.get('etag')]).toEqual([201, '"1"']);
  expect(first.body).toMatchObject({
    status: 'open',
    mode: 'live',
    mailbox: door.mailbox.id,
    subject: 'Hello',
  });
  expect(Object.keys(first.body)).not.toContain('to');
  const { id } = first.body;
  const second = await patch(door, id, { to: 'Ada@Reader.example', text: 'Hi', html: '<p>Hi</p>' }, '"1"');
  expect([second.status, second.headers.get('etag')]).toEqual([200, '"2"']);
  const third = await patch(door, id, { html: null });
  expect(third.body).toMatchObject({ subject: 'Hello', text: 'Hi', to: [{ address: 'Ada@reader.example' }] });
  expect(third.body).not.toHaveProperty('html');
  expect(await shown(door, id)).toEqual(third.body);
});

test.each([
  ['an address that is none', { to: ['nobody'] }, 'to[0]'],
  ['an unknown field', { body: 'x' }, 'body'],
  ['a key of its own, for it is one', { dedupeKey: 'k' }, 'dedupeKey'],
  ['null where nothing can be taken away', { text: null }, 'text'],
  ['a header that is ours', { headers: { Bcc: 'x' } }, 'headers'],
])('a draft is held to the rules of a request: %s is a 400 that names the field', async (_, body, field) => {
  const door = await openDoor(shared);
  const answer = await create(door, body);
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  expect(answer.body.field).toContain(field);
});

test('a change of a version that is gone is a 412, and the same change again is none', async () => {
  const door = await openDoor(shared);
  const id = await made(door);
  await patch(door, id, { subject: 'One' }, '"1"');
  const stale = await patch(door, id, { subject: 'Two' }, '"1"');
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  expect((await patch(door, id, { subject: 'One' }, '"1"')).status).toBe(200);
  expect((await submit(door, id, {}, '"1"')).status).toBe(412);
  expect((await patch(door, id, {}, 'W/"x"')).status).toBe(400);
});

test('drafts are listed without their texts, by mailbox and status', async () => {
  const door = await openDoor(shared);
  const [one, two] = [await made(door), await made(door, { subject: 'Two', text: 'secret' })];
  await submit(door, one);
  const list = async (query: string): Promise<string[]> =>
    (await door.ask('GET', `/v1/drafts?${query}`)).body.items.map((item: { id: string }) => item.id);
  expect((await list('')).sort()).toEqual([one, two].sort());
  expect(await list('status=open')).toEqual([two]);
  expect(await list(`status=submitted&mailbox=${door.mailbox.id}`)).toEqual([one]);
  const all = await door.ask('GET', '/v1/drafts');
  expect(JSON.stringify(all.body)).not.toMatch(/secret|Hello Ada/u);
  expect((await door.ask('GET', '/v1/drafts?mailbox=mbx_none')).body.code).toBe('mailbox_unknown');
});

test('a key sees and touches only the drafts of its org, mode and mailboxes', async () => {
  const door = await openDoor(shared);
  const other = await openDoor(shared);
  const id = await made(door);
  const elsewhere = await door.store.createMailbox({ org: door.org, address: 'b@sender.example' }, 'test');
  const scopes = ['messages:send', 'messages:read'] as const;
  const strangers = [
    other.agent,
    await door.key([...scopes], { mode: 'test' }),
    await door.key([...scopes], { mailboxes: [(elsewhere as { id: string }).id] }),
  ];
  for (const { apiKey: key } of strangers) {
    const answers = [
      await door.ask('GET', `/v1/drafts/${id}`, { key }),
      await door.ask('PATCH', `/v1/drafts/${id}`, { key, body: { subject: 'x' } }),
      await door.ask('DELETE', `/v1/drafts/${id}`, { key }),
      await door.ask('POST', `/v1/drafts/${id}/submit`, { key, body: {} }),
    ];
    expect(answers.map((one) => [one.status, one.body.code])).toEqual(answers.map(() => [404, 'not_found']));
    expect((await door.ask('GET', '/v1/drafts', { key })).body.items).toEqual([]);
  }
  const foreign = await create(door, { ...EMAIL, mailbox: door.mailbox.id }, strangers[2]?.apiKey);
  expect(foreign.body.code).toBe('mailbox_unknown');
});

test('a key that may only write drafts leaves the sending to another', async () => {
  const door = await openDoor(shared);
  const { apiKey: key } = await door.key(['drafts:write']);
  const { id } = (await create(door, EMAIL, key)).body;
  expect((await door.ask('PATCH', `/v1/drafts/${id}`, { key, body: { subject: 'Two' } })).status).toBe(200);
  const refused = await door.ask('POST', `/v1/drafts/${id}/submit`, { key, body: {} });
  expect([refused.status, refused.body.code]).toEqual([403, 'scope_missing']);
  const sent = await submit(door, id);
  expect([sent.status, (await shown(door, id)).status]).toEqual([202, 'submitted']);
  const reader = await door.key(['messages:read']);
  expect((await create(door, EMAIL, reader.apiKey)).body.code).toBe('scope_missing');
  expect((await door.ask('GET', `/v1/drafts/${id}`, { key: reader.apiKey })).status).toBe(200);
});

test('a submitted draft is one email however often it is submitted, and is changed no more', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const id = await made(door);
  const first = await submit(door, id, {}, '"1"');
  expect([first.status, first.body.status]).toEqual([202, 'held']);
  expect(first.body.approvalUrl).toContain(first.body.id);
  const { version } = await shown(door, id);
  for (const ifMatch of [undefined, '"1"', `"${version}"`]) {
    const again = await submit(door, id, {}, ifMatch);
    expect(again.body).toMatchObject({ id: first.body.id, status: 'held', replayed: true });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  }
  expect(await shown(door, id)).toMatchObject({ status: 'submitted', messageId: first.body.id });
  const late = await submit(door, id, { sendAt: '2030-01-01T00:00:00Z' });
  expect([late.status, late.body.code, late.body.id]).toEqual([409, 'conflict', first.body.id]);
  expect((await patch(door, id, { subject: 'x' })).body).toMatchObject({
    code: 'conflict',
    id: first.body.id,
  });
  expect((await door.ask('DELETE', `/v1/drafts/${id}`)).status).toBe(409);
  expect((await door.ask('GET', '/v1/messages')).body.items).toHaveLength(1);
});

test('20 submissions at once are one email', async () => {
  const door = await openDoor(shared);
  const id = await made(door);
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(door, id)));
  expect(new Set(answers.map((one) => `${one.status} ${one.body.id}`)).size).toBe(1);
  expect((await door.ask('GET', '/v1/messages')).body.items).toHaveLength(1);
});

test('an incomplete draft is refused as its email would be, and stays open', async () => {
  const door = await openDoor(shared);
  const id = await made(door, { sendAt: '2030-01-01T00:00:00Z', expiresAt: '2030-01-02T00:00:00Z' });
  const refused = await submit(door, id);
  expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
  expect(refused.body.errors.map((one: { field: string }) => one.field)).toContain('subject');
  await patch(door, id, EMAIL);
  expect((await submit(door, id, { sendAt: '2031-01-01T00:00:00Z' })).body.field).toBe('expiresAt');
  expect(await shown(door, id)).toMatchObject({ status: 'open', version: 2 });
  const sent = await submit(door, id, { sendAt: '2030-01-01T12:00:00+01:00' });
  expect(sent.body).toMatchObject({ status: 'scheduled', waitingFor: { until: '2030-01-01T11:00:00.000Z' } });
  const again = await submit(door, id, { sendAt: '2030-01-01T11:00:00Z' });
  expect(again.body.id).toBe(sent.body.id);
});

test('a draft that policy denies opens again, and mended it is another email', async () => {
  const door = await openDoor(shared);
  const by = { org: door.org, mode: 'live', scope: 'org', reason: 'manual', source: 'x', by: 'x' } as const;
  await door.store.addSuppression({ ...by, address: 'bad@reader.example' });
  const id = await made(door, { ...EMAIL, to: 'bad@reader.example' });
  const denied = await submit(door, id);
  expect([denied.status, denied.body.code]).toEqual([403, 'policy_denied']);
  expect(await shown(door, id)).toMatchObject({ status: 'open' });
  expect(await shown(door, id)).not.toHaveProperty('messageId');
  await patch(door, id, { to: EMAIL.to });
  const sent = await submit(door, id);
  expect([sent.status, sent.body.verdict.outcome]).toEqual([202, 'allow']);
  expect(sent.body.id).not.toBe(denied.body.id);
  expect(await shown(door, id)).toMatchObject({ status: 'submitted', messageId: sent.body.id });
});

test('a draft that met a full limit is submitted again unchanged when the window opens', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { limits: { hourly: 1 } } } });
  await door.ask('POST', '/v1/messages', { body: EMAIL });
  const id = await made(door);
  const full = await submit(door, id);
  expect([full.status, (await shown(door, id)).status]).toEqual([429, 'open']);
  shared.clock.advance(3_600_000);
  expect((await submit(door, id)).status).toBe(202);
});

test('a crash after the start: submitted again it is the same email, and until then nobody edits it', async () => {
  const { door, starts } = await scripted([
    async (start) => {
      await admitting(shared.store, door.ring)(start);
      throw new Error('the process dies here');
    },
  ]);
  const id = await made(door);
  expect((await submit(door, id)).status).toBe(500);
  expect(await shown(door, id)).toMatchObject({ status: 'submitting' });
  const edit = await patch(door, id, { subject: 'Two' });
  expect([edit.status, edit.body.draftStatus]).toEqual([409, 'submitting']);
  const again = await submit(door, id);
  expect([again.status, again.body.replayed]).toEqual([202, true]);
  expect(new Set(starts.map((one) => one.id))).toEqual(new Set([again.body.id]));
  expect(await shown(door, id)).toMatchObject({ status: 'submitted', messageId: again.body.id });
});

test('a crash between freeze and start, or a Temporal that is down: submitted again it goes', async () => {
  const die = async (): Promise<never> => Promise.reject(new Error('the process dies here'));
  const down = async (): Promise<never> => Promise.reject(new NotConnected('down'));
  const { door, starts } = await scripted([die, down]);
  const id = await made(door);
  expect((await submit(door, id)).status).toBe(500);
  const unavailable = await submit(door, id);
  expect([unavailable.status, unavailable.body.code]).toEqual([503, 'unavailable']);
  expect(await shown(door, id)).toMatchObject({ status: 'submitting' });
  expect((await submit(door, id)).status).toBe(202);
  expect(starts).toHaveLength(3);
  expect(new Set(starts.map((one) => one.id)).size).toBe(1);
  expect((await door.ask('GET', '/v1/messages')).body.items).toHaveLength(1);
});

test('where the draft could not be marked as submitted the email is answered all the same, and mended later', async () => {
  let isDown = true;
  const door = await openDoor(shared, {
    store: {
      draftSent: async (sent) =>
        isDown
          ? Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
          : await shared.store.draftSent(sent),
    },
  });
  const id = await made(door);
  const sent = await submit(door, id);
  expect([sent.status, (await shown(door, id)).status]).toEqual([202, 'submitting']);
  isDown = false;
  expect((await submit(door, id)).body.id).toBe(sent.body.id);
  expect((await shown(door, id)).status).toBe('submitted');
});

test('nobody takes the key of a draft before it is submitted', async () => {
  const door = await openDoor(shared);
  const id = await made(door);
  const headers = { 'Idempotency-Key': `draft:${id}:1` };
  const first = await door.ask('POST', '/v1/messages', { body: { ...EMAIL, text: 'other' }, headers });
  expect(first.status).toBe(400);
  expect((await submit(door, id)).status).toBe(202);
});

test('a deleted draft is gone', async () => {
  const door = await openDoor(shared);
  const id = await made(door);
  expect((await door.ask('DELETE', `/v1/drafts/${id}`)).body).toEqual({ id, deleted: true });
  for (const method of ['GET', 'DELETE'])
    expect((await door.ask(method, `/v1/drafts/${id}`)).body.code).toBe('not_found');
  expect((await submit(door, id)).status).toBe(404);
});

test('a draft of nearly 8 MB is kept, and one that grows over it is told so', async () => {
  const door = await openDoor(shared);
  const content = Buffer.alloc(4_990_000, 'x').toString('base64');
  const attachments = [{ filename: 'a.bin', contentType: 'application/octet-stream', content }];
  const id = await made(door, { ...EMAIL, attachments });
  expect((await shown(door, id)).attachments[0].content).toHaveLength(content.length);
  await patch(door, id, { text: 'x'.repeat(1_000_000) });
  const grown = await patch(door, id, { html: 'x'.repeat(1_000_000) });
  expect([grown.status, grown.body.code]).toEqual([413, 'body_too_large']);
});

test('a mailbox full of drafts is a 409 that says what to do', async () => {
  const door = await openDoor(shared, { store: { createDraft: async () => 'full' } });
  const answer = await create(door);
  expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
  expect(answer.body.detail).toMatch(/1000 drafts.*submit or delete/u);
});

test('nothing of a draft is logged', async () => {
  const door = await openDoor(shared);
  const text = `secret ${randomUUID()}`;
  const id = await made(door, { ...EMAIL, text });
  await submit(door, id);
  expect(door.logged()).not.toContain(text);
  expect(door.logged()).not.toContain('reader.example');
});
