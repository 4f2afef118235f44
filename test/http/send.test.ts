import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NotConnected } from '../../src/service/connectivity.js';
import { openDoor, type Door } from '../support/door.js';
import { admitting } from '../support/scripted-temporal.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const timeout = (): never => {
  throw new WorkflowUpdateRPCTimeoutOrCancelledError('timed out');
};
const running = async (): Promise<{ type: string; status: { name: string } }> => ({
  type: 'sendEmail',
  status: { name: 'RUNNING' },
});

test('an allowed email is accepted with its verdict, digest and id', async () => {
  const door = await openDoor(shared);
  const { status, body, headers } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect(status).toBe(202);
  expect(body).toMatchObject({ status: 'queued', revision: 1, verdict: { outcome: 'allow' } });
  expect(body.id).toMatch(/^msg_[a-z2-7]{52}$/u);
  expect(body.digest).toMatch(/^[0-9a-f]{64}$/u);
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/u);
});

test('a mailbox is named by its id or by its address, URL-encoded', async () => {
  const door = await openDoor(shared);
  for (const name of [door.mailbox.id, 'agent%40sender.example', 'AGENT%40Sender.example']) {
    const { status } = await door.ask('POST', `/v1/mailboxes/${name}/messages`, {
      body: { ...EMAIL, subject: name },
    });
    expect([name, status]).toEqual([name, 202]);
  }
});

test('without a mailbox in the path, a key that has more than one is told to name it', async () => {
  const door = await openDoor(shared);
  await door.store.createMailbox({ org: door.org, address: 'second@sender.example' }, 'test');
  const { status, body } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.code, body.field]).toEqual([400, 'invalid_request', 'mailbox']);
  const bound = await door.key(['messages:send'], { mailboxes: [door.mailbox.id] });
  expect((await door.ask('POST', '/v1/messages', { body: EMAIL, key: bound.apiKey })).status).toBe(202);
});

test('a held email comes with the page on which a person decides', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const { status, body } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.status]).toEqual([202, 'held']);
  expect(body.approvalUrl).toBe(`http://warden.test/review/${body.id}`);
  expect(body.verdict.checks).toContainEqual(
    expect.objectContaining({
      rule: 'autonomy_level',
      evidence: expect.objectContaining({ addresses: [EMAIL.to] }),
    }),
  );
});

test('a denied email is a 403 that names the rule and the recipient, and carries id and verdict', async () => {
  const door = await openDoor(shared);
  const suppression = {
    org: door.org,
    mode: 'live',
    scope: 'org',
    reason: 'manual',
    source: 'test',
    by: 'test',
  } as const;
  await door.store.addSuppression({ ...suppression, address: 'bad@reader.example' });
  const body = { ...EMAIL, to: ['ada@reader.example', 'bad@reader.example'] };
  const denied = await door.ask('POST', '/v1/messages', { body });
  expect([denied.status, denied.body.code, denied.body.status]).toEqual([403, 'policy_denied', 403]);
  expect(denied.headers.get('content-type')).toBe('application/problem+json');
  expect(denied.body).toMatchObject({ messageStatus: 'denied', verdict: { outcome: 'deny' } });
  expect(denied.body.id).toMatch(/^msg_/u);
  expect(denied.body.verdict.checks).toContainEqual(
    expect.objectContaining({
      rule: 'suppression_check',
      evidence: expect.objectContaining({ recipients: [1], addresses: ['bad@reader.example'] }),
    }),
  );
});

test('a full limit is a 429 that says when its window opens', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { limits: { hourly: 1 } } } });
  await door.ask('POST', '/v1/messages', { body: EMAIL });
  const { status, body, headers } = await door.ask('POST', '/v1/messages', {
    body: { ...EMAIL, subject: 'Two' },
  });
  expect([status, body.code]).toEqual([429, 'rate_limited']);
  expect(Number(headers.get('retry-after'))).toBe(3600);
  expect(body.verdict.checks).toContainEqual(
    expect.objectContaining({ rule: 'rate_limit_hourly', status: 'failed' }),
  );
});

test('the same content without a key is one email within the window, and another one after it', async () => {
  const door = await openDoor(shared);
  const first = await door.ask('POST', '/v1/messages', { body: EMAIL });
  const again = await door.ask('POST', '/v1/messages', { body: { ...EMAIL, reason: 'asked twice' } });
  expect(again.body).toMatchObject({ id: first.body.id, replayed: true });
  expect(again.body).not.toHaveProperty('contentDiffers');
  shared.clock.advance(600_001);
  const later = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect(later.body.id).not.toBe(first.body.id);
});

test('an Idempotency-Key that was used for another email is a 409 that shows the first one', async () => {
  const door = await openDoor(shared);
  const headers = { 'Idempotency-Key': 'order-1' };
  const first = await door.ask('POST', '/v1/messages', { body: EMAIL, headers });
  const same = await door.ask('POST', '/v1/messages', { body: EMAIL, headers });
  expect([same.status, same.body.id]).toEqual([202, first.body.id]);
  const other = await door.ask('POST', '/v1/messages', {
    body: { ...EMAIL, to: 'eve@reader.example' },
    headers,
  });
  expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
  expect(other.body).toMatchObject({
    id: first.body.id,
    messageStatus: 'queued',
    verdict: { outcome: 'allow' },
  });
  expect(JSON.stringify(other.body)).not.toContain('eve@');
});

test('a dedupeKey in the body with other content answers with the first email', async () => {
  const door = await openDoor(shared);
  const first = await door.ask('POST', '/v1/messages', { body: { ...EMAIL, dedupeKey: 'k' } });
  const body = { ...EMAIL, text: 'Reworded', dedupeKey: 'k' };
  const second = await door.ask('POST', '/v1/messages', { body, headers: { 'Idempotency-Key': 'k' } });
  expect(second.status).toBe(202);
  expect(second.body).toMatchObject({ id: first.body.id, replayed: true, contentDiffers: true });
});

test('two different keys for one email are a 400 that says so', async () => {
  const door = await openDoor(shared);
  const options = { body: { ...EMAIL, dedupeKey: 'one' }, headers: { 'Idempotency-Key': 'two' } };
  const answer = await door.ask('POST', '/v1/messages', options);
  expect([answer.status, answer.body.field]).toEqual([400, 'dedupeKey']);
  expect(answer.body.detail).toMatch(/give one of them/u);
});

test('the same call with the same key says that it was answered before', async () => {
  const door = await openDoor(shared);
  const send = (): ReturnType<Door['ask']> =>
    door.ask('POST', '/v1/messages', { body: EMAIL, headers: { 'Idempotency-Key': 'again' } });
  const [first, second] = [await send(), await send()];
  expect([first.body.replayed, second.body.replayed]).toEqual([undefined, true]);
  expect(second.body.id).toBe(first.body.id);
});

test('without a key, the same words at another time are another email', async () => {
  const door = await openDoor(shared);
  const send = async (over: object): Promise<string> =>
    (await door.ask('POST', '/v1/messages', { body: { ...EMAIL, subject: 'When', ...over } })).body.id;
  const later = { sendAt: '2030-01-01T09:00:00Z' };
  const ids = [await send({}), await send(later), await send({ expiresAt: '2031-01-01T09:00:00Z' })];
  expect(new Set(ids).size).toBe(3);
  expect(await send(later)).toBe(ids[1]);
});

test('a large request goes to the store first, and only its name through Temporal', async () => {
  let carried = '';
  const door = await openDoor(shared, { script: {} });
  const spied = await openDoor(shared, {
    script: {
      submit: async (start) => {
        carried = start.sealed;
        return await admitting(spied.store, spied.ring)(start);
      },
    },
  });
  expect(
    (await spied.ask('POST', '/v1/messages', { body: { ...EMAIL, text: 'x'.repeat(200_000) } })).status,
  ).toBe(202);
  expect(carried).toMatch(/^blob:[0-9a-f]{64}$/u);
  expect((await door.ask('POST', '/v1/messages', { body: EMAIL })).status).toBe(202);
});

test('nothing that is started shows an address or a text', async () => {
  let start = '';
  const door = await openDoor(shared, {
    script: {
      submit: async (one) => {
        start = JSON.stringify(one);
        return await admitting(door.store, door.ring)(one);
      },
    },
  });
  await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect(start).not.toMatch(/ada|Hello|@/u);
});

test('without a worker the email is accepted as queued', async () => {
  const door = await openDoor(shared, { script: { submit: timeout, describe: running } });
  const { status, body, headers } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.status]).toEqual([202, 'queued']);
  expect(headers.get('retry-after')).toBe('5');
});

test('without a worker, another email under the same Idempotency-Key is a conflict all the same', async () => {
  let memo = {};
  const door = await openDoor(shared, {
    script: {
      submit: async (start) => {
        memo = Object.keys(memo).length === 0 ? start.memo : memo;
        return timeout();
      },
      describe: async () => ({ ...(await running()), memo }),
    },
  });
  const headers = { 'Idempotency-Key': 'a' };
  expect((await door.ask('POST', '/v1/messages', { body: EMAIL, headers })).status).toBe(202);
  const other = await door.ask('POST', '/v1/messages', { body: { ...EMAIL, subject: 'B' }, headers });
  expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
});

test('where Temporal cannot be reached nothing is accepted, and a key says how to repeat it', async () => {
  const refused = async (): Promise<never> => {
    throw new NotConnected('Temporal cannot be reached');
  };
  const door = await openDoor(shared, { script: { submit: refused } });
  const { status, body, headers } = await door.ask('POST', '/v1/messages', {
    body: { ...EMAIL, dedupeKey: 'k' },
  });
  expect([status, body.code, body.retryable, body.dedupeKey]).toEqual([503, 'unavailable', true, 'k']);
  expect(headers.get('retry-after')).toBe('5');
});

test.each([
  [
    'Temporal does not know the email',
    async () =>
      Promise.reject(new (await import('@temporalio/client')).WorkflowNotFoundError('no', 'x', undefined)),
  ],
  [
    'Temporal does not answer that either',
    async () => Promise.reject(new WorkflowUpdateRPCTimeoutOrCancelledError('again')),
  ],
])('after a time-out, where %s, the outcome is unknown and the id and key are given', async (_, describe) => {
  const door = await openDoor(shared, {
    script: { submit: timeout, describe: describe },
  });
  const { status, body, headers } = await door.ask('POST', '/v1/messages', {
    body: EMAIL,
    headers: { 'Idempotency-Key': 'z' },
  });
  expect([status, body.code, body.retryable, body.dedupeKey]).toEqual([503, 'outcome_unknown', true, 'z']);
  expect(body.id).toMatch(/^msg_/u);
  expect(headers.get('retry-after')).toBe('5');
});

test('a start that is refused because the email has ended is answered from the store', async () => {
  const door = await openDoor(shared);
  const headers = { 'Idempotency-Key': 'once' };
  const first = await door.ask('POST', '/v1/messages', { body: EMAIL, headers });
  const closed = await openDoor(shared, {
    mailbox: { org: door.org, address: 'other@sender.example' },
    script: {
      submit: async ({ id }) =>
        Promise.reject(new WorkflowExecutionAlreadyStartedError('started', id, 'sendEmail')),
    },
  });
  const path = `/v1/mailboxes/${door.mailbox.id}/messages`;
  const again = await closed.ask('POST', path, { body: EMAIL, headers, key: door.agent.apiKey });
  expect([again.status, again.body]).toMatchObject([
    202,
    { id: first.body.id, replayed: true, digest: first.body.digest },
  ]);
  const other = await closed.ask('POST', path, {
    body: { ...EMAIL, subject: 'X' },
    headers,
    key: door.agent.apiKey,
  });
  expect([other.status, other.body.id]).toEqual([409, first.body.id]);
});

test('a start that a moving cluster deduplicated is answered from what is known', async () => {
  const door = await openDoor(shared, {
    script: {
      submit: async () => Promise.reject(new Error('Workflow was not started: StartDeduped')),
      describe: running,
    },
  });
  const { status, body } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.status]).toEqual([202, 'queued']);
});

test('a request that a worker can not use is a 400 with the fields', async () => {
  const problem = { code: 'invalid_request', fields: [{ field: 'to[0]', message: 'is not a mail address' }] };
  const door = await openDoor(shared, {
    script: {
      submit: async ({ id }) => ({ view: null, outcome: { id, status: 'denied', recipients: [], problem } }),
    },
  });
  const { status, body } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.code, body.field]).toEqual([400, 'invalid_request', 'to[0]']);
});
