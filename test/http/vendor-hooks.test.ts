/** @module Webhooks of SES and SendGrid through the door: what they do to an email, and what they are answered. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FetchText } from '../../src/providers/vendor/fetch-text.js';
import { createSendgridReader } from '../../src/providers/sendgrid/hook.js';
import { createSesReader } from '../../src/providers/ses/hook.js';
import { openDoor, type Answer, type Door, type DoorOptions } from '../support/door.js';
import { admission, send, testStore, type TestStore } from '../support/store.js';
import { sendgridEvent, sendgridHook, VERIFICATION_KEY } from '../support/vendors/sendgrid.js';
import { sesRecord } from '../support/vendors/ses.js';
import { CERTIFICATE_URL, snsHook, startSns, TOPIC, type SnsHook } from '../support/vendors/sns.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const script: DoorOptions['script'] = { update: async () => ({ result: '', view: null }) };
const sns = startSns();

/** The tests' emails are carried by a provider of the name `smtp`. */
const sesDoor = (fetchText: FetchText = sns.fetchText): Promise<Door> =>
  openDoor(shared, {
    script,
    hookReaders: {
      smtp: { readHook: createSesReader({ name: 'smtp', webhookSecret: [], topicArns: [TOPIC], fetchText }) },
    },
  });

const post = (door: Door, { body, headers }: SnsHook): Promise<Answer> =>
  door.ask('POST', '/v1/hooks/smtp', {
    ...{ key: null, raw: new TextDecoder().decode(body), headers: Object.fromEntries(headers) },
  });

async function sent(door: Door): Promise<string> {
  const owner = admission(door.mailbox);
  await shared.store.admit(owner);
  await send(shared.store, owner);
  return owner.id;
}

const statusOf = async (door: Door, id: string): Promise<unknown> =>
  (await door.ask('GET', `/v1/messages/${id}`)).body.status;

const signed = (change: Record<string, string>): SnsHook =>
  snsHook(sns.certificate.privateKey, { Timestamp: shared.clock().toISOString(), ...change });

async function addressOf(door: Door, id: string): Promise<string> {
  const { body } = await door.ask('GET', `/v1/messages/${id}`);
  return (body.recipients as { address: string }[])[0]!.address;
}

test('a bounce that SES reports is applied once, however often SNS brings it', async () => {
  const door = await sesDoor();
  const id = await sent(door);
  const emailAddress = await addressOf(door, id);
  const Message = JSON.stringify(
    sesRecord(
      { id: '0107-1', to: [emailAddress], tag: id },
      {
        bounce: {
          ...{ bounceType: 'Permanent', bounceSubType: 'General', timestamp: '2026-11-22T10:00:05.000Z' },
          bouncedRecipients: [{ emailAddress, status: '5.1.1' }],
        },
      },
    ),
  );
  expect((await post(door, signed({ Message }))).body).toMatchObject({ applied: 1, duplicates: 0 });
  expect((await post(door, signed({ Message }))).body).toMatchObject({ applied: 0, duplicates: 1 });
  expect(await statusOf(door, id)).toBe('bounced');
});

test('what SendGrid repeats a day later under other ids is a duplicate', async () => {
  const readHook = createSendgridReader('smtp', [VERIFICATION_KEY]);
  const door = await openDoor(shared, { script, hookReaders: { smtp: { readHook } } });
  const id = await sent(door);
  const to = [await addressOf(door, id)];
  const at = new Date(shared.clock().getTime() - 24 * 3_600_000);
  const batch = (): SnsHook =>
    sendgridHook([sendgridEvent({ id: 'x', to, tag: id }, { event: 'bounce', status: '5.1.1' })], at);
  expect((await post(door, batch())).body).toMatchObject({ applied: 1, duplicates: 0 });
  expect((await post(door, batch())).body).toMatchObject({ applied: 0, duplicates: 1 });
  expect(await statusOf(door, id)).toBe('bounced');
});

test('a webhook that cannot be verified right now is to come again: SNS does not after a 4xx', async () => {
  let isThere = false;
  const door = await sesDoor(async (url, signal) => {
    if (!isThere) throw new Error('no network');
    return await sns.fetchText(url, signal);
  });
  const hook = signed({
    Message: JSON.stringify(sesRecord({ id: '0107-2', to: [], tag: null }, { send: {} })),
  });
  const first = await post(door, hook);
  expect([first.status, first.body.code, first.headers.get('retry-after')]).toEqual([
    503,
    'unavailable',
    '20',
  ]);
  expect(JSON.stringify(first.body)).not.toContain('no network');
  isThere = true;
  expect((await post(door, hook)).status).toBe(200);
});

test('a forged one is refused for good, and nothing is asked at the URL that it names', async () => {
  const door = await sesDoor();
  const asked = sns.fetched.length;
  const forged = signed({ Type: 'SubscriptionConfirmation', SigningCertURL: 'https://evil.example/x.pem' });
  expect((await post(door, forged)).status).toBe(403);
  expect(sns.fetched).toHaveLength(asked);
});

test('a subscription of our topic is confirmed at its host', async () => {
  const door = await sesDoor();
  expect((await post(door, signed({ Type: 'SubscriptionConfirmation' }))).status).toBe(200);
  expect(sns.fetched.slice(-2)).toEqual([
    CERTIFICATE_URL,
    expect.stringContaining('?Action=ConfirmSubscription&'),
  ]);
});
