/** @module The source of an email, as text in JSON and as the bytes themselves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import PostalMime from 'postal-mime';
import { OPERATIONS } from '../../src/service/operations.js';
import { openDoor, type Door } from '../support/door.js';
import { send, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = {
  ...{ to: 'ada@reader.example', bcc: 'secret@reader.example', subject: 'Grüße', text: 'Hello Ada' },
  attachments: [
    {
      filename: 'a.bin',
      contentType: 'application/octet-stream',
      content: Buffer.from([0, 255]).toString('base64'),
    },
  ],
};
const sent = async (door: Door, email: object = EMAIL): Promise<string> =>
  (await door.ask('POST', '/v1/messages', { body: email })).body.id;
const bytesOf = async (door: Door, id: string, accept: string): Promise<Response> =>
  await door.fetch(
    new Request(`http://localhost/v1/messages/${id}/raw`, {
      headers: { Authorization: `Bearer ${door.agent.apiKey}`, Accept: accept },
    }),
  );

test('the source is what a provider gets: headers, parts and attachments, and no Bcc', async () => {
  const door = await openDoor(shared);
  const id = await sent(door);
  const { status, body } = await door.ask('GET', `/v1/messages/${id}/raw`);
  const message = (await door.ask('GET', `/v1/messages/${id}`)).body;
  expect(status).toBe(200);
  expect(OPERATIONS['messages.raw'].output.safeParse(body).error).toBeUndefined();
  expect(body).toMatchObject({ id, revision: 1, digest: message.digest, encoding: 'utf-8' });
  expect(body.raw).not.toContain('secret@');
  const parsed = await PostalMime.parse(body.raw);
  expect(parsed).toMatchObject({ subject: 'Grüße', messageId: message.content.messageId });
  expect(parsed.text?.trim()).toBe('Hello Ada');
  expect(new Uint8Array(parsed.attachments[0]!.content as ArrayBuffer)).toEqual(new Uint8Array([0, 255]));
});

test('whoever accepts message/rfc822 gets the bytes themselves, even those that are no UTF-8', async () => {
  const door = await openDoor(shared);
  const latin = Buffer.concat([
    Buffer.from('Subject: inner\r\nContent-Type: text/plain; charset=latin1\r\n\r\n'),
    Buffer.from([0xe9]),
  ]);
  const id = await sent(door, {
    ...EMAIL,
    attachments: [{ filename: 'm.eml', contentType: 'message/rfc822', content: latin.toString('base64') }],
  });
  const response = await bytesOf(door, id, 'message/rfc822');
  expect([response.status, response.headers.get('content-type'), response.headers.get('vary')]).toEqual([
    200,
    'message/rfc822',
    expect.stringContaining('Accept'),
  ]);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.includes(latin)).toBe(true);
  const { body } = await door.ask('GET', `/v1/messages/${id}/raw`);
  expect(body.encoding).toBe('base64');
  expect(Buffer.from(body.raw, 'base64').includes(latin)).toBe(true);
  for (const accept of ['*/*', 'application/json', 'application/json, message/rfc822', 'text/html'])
    expect((await bytesOf(door, id, accept)).headers.get('content-type')).toMatch(/^application\/json/u);
});

test('after a try the date is that of the try', async () => {
  const door = await openDoor(shared);
  const id = await sent(door);
  await send(shared.store, { id, run: `run-${id}` });
  const { body } = await door.ask('GET', `/v1/messages/${id}/raw`);
  expect(body.raw).toContain('Date: Mon, 02 Mar 2026 10:00:00 +0000');
});

test('an email that no worker has taken up yet has no source yet; one of somebody else has none', async () => {
  const of = { org: '', mailbox: '', mode: 'live' };
  const door = await openDoor(shared, {
    script: { describe: async () => ({ type: 'sendEmail', status: { name: 'RUNNING' }, memo: of }) },
  });
  Object.assign(of, { org: door.org, mailbox: door.mailbox.id });
  const pending = await door.ask('GET', '/v1/messages/msg_new/raw');
  expect([pending.status, pending.body.code, pending.headers.get('retry-after')]).toEqual([
    ...[409, 'conflict', '5'],
  ]);
  const id = await sent(door);
  const stranger = (await openDoor(shared)).agent.apiKey;
  const tester = (await door.key(['messages:read'], { mode: 'test' })).apiKey;
  const bound = (await door.key(['messages:read'], { mailboxes: ['mbx_other'] })).apiKey;
  for (const key of [stranger, tester, bound])
    expect((await door.ask('GET', `/v1/messages/${id}/raw`, { key })).status).toBe(404);
});

test('an email of whose attachment the bytes are gone says so', async () => {
  const door = await openDoor(shared, { store: { blob: async () => null } });
  const { status, body } = await door.ask('GET', `/v1/messages/${await sent(door)}/raw`);
  expect([status, body.code]).toEqual([409, 'conflict']);
});
