import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { unseal, type Purpose } from '../../src/seal.js';
import type { View } from '../../src/core/email/view.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import type { Script } from '../support/scripted-temporal.js';
import { go, MINUTE, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
type Update = Script['update'];

interface Held {
  door: Door;
  id: string;
  digest: string;
  decide(over?: object, key?: string): Promise<Answer>;
}

/** A held email at a door whose workflows answer updates as the test says. */
async function held(update: Update): Promise<Held> {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' }, script: { update } });
  const { id, digest } = (await door.ask('POST', '/v1/messages', { body: EMAIL })).body;
  return {
    ...{ door, id, digest },
    decide: (over = {}, key = door.reviewer.apiKey) =>
      door.ask('POST', `/v1/messages/${id}/decision`, { key, body: { action: 'approve', digest, ...over } }),
  };
}

const viewOf = async (id: string): Promise<View> => {
  const view = await shared.store.view(id);
  if (view === null) throw new Error('no such message');
  return view;
};
const answering =
  (result: string, retryAfter?: number): Update =>
  async (id) => ({ result, view: await viewOf(id), ...(retryAfter !== undefined && { retryAfter }) });
const failing =
  (error: Error): Update =>
  async () =>
    Promise.reject(error);
const closed = failing(new WorkflowNotFoundError('workflow execution already completed', 'x', undefined));

test('a decision goes to the workflow under seal, with who decided and on what', async () => {
  const sent: [string, string][] = [];
  const one = await held(async (id, name, sealed) => {
    sent.push([name, sealed]);
    return await answering('applied')(id, name, sealed, '');
  });
  const answer = await one.decide({ comment: 'fine' });
  expect([answer.status, answer.body.id, answer.body.digest]).toEqual([200, one.id, one.digest]);
  const [name, sealed] = sent[0]!;
  expect([name, sealed.includes('fine')]).toEqual(['decide', false]);
  expect(await unseal(one.door.ring, 'decision', sealed)).toMatchObject({
    ...{ id: one.id, action: 'approve', digest: one.digest, comment: 'fine' },
    ...{ by: one.door.reviewer.row.principal, key: one.door.reviewer.row.id },
  });
});

test('the same decision is the same update until something has changed', async () => {
  const ids: string[] = [];
  const one = await held(async (...call) => {
    ids.push(call[3]);
    return await answering('applied')(...call);
  });
  await one.decide();
  await one.decide();
  await one.decide({ action: 'reject' });
  shared.clock.advance(1000);
  await shared.store.reschedule({
    ...{ id: one.id, sendAt: '2030-01-01T00:00:00.000Z', by: 'test' },
    version: (await viewOf(one.id)).version,
  });
  await one.decide();
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(3);
});

test('only the key of a person decides, whatever its scopes', async () => {
  const one = await held(answering('applied'));
  for (const kind of ['agent', 'service'] as const) {
    const key = await one.door.key(['approvals:decide'], { kind });
    const answer = await one.decide({}, key.apiKey);
    expect([answer.status, answer.body.code]).toEqual([403, 'person_required']);
  }
});

test.each([
  ['own_decision', 403, 'own_decision'],
  ['already_decided', 409, 'already_decided'],
  ['digest_mismatch', 409, 'digest_mismatch'],
  ['not_held', 409, 'conflict'],
  ['too_late', 409, 'conflict'],
  ['not_owner', 409, 'conflict'],
])('where the store says %s, the answer is a %i %s with the state', async (result, status, code) => {
  const one = await held(answering(result));
  const answer = await one.decide();
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(answer.body).toMatchObject({ id: one.id, messageStatus: 'held', digest: one.digest });
});

test.each([
  ['without a digest', { digest: undefined }, 'digest'],
  ['with what is no digest', { digest: 'latest' }, 'digest'],
  ['that is neither approve nor reject', { action: 'maybe' }, 'action'],
  ['with an unknown field', { force: true }, 'force'],
])('a decision %s is a 400', async (_, body, field) => {
  const one = await held(answering('applied'));
  expect(await one.decide(body)).toMatchObject({ status: 400, body: { code: 'invalid_request', field } });
});

test('a decision that was made, but whose answer was lost, is answered alike when repeated', async () => {
  const one = await held(closed);
  const by = one.door.reviewer.row.principal;
  await shared.store.decide({
    id: one.id,
    action: 'reject',
    digest: one.digest,
    by,
    via: 'door',
    key: one.door.reviewer.row.id,
  });
  const again = await one.decide({ action: 'reject' });
  expect([again.status, again.body.status]).toEqual([200, 'rejected']);
  const other = await one.decide({ action: 'approve' });
  expect([other.status, other.body.code, other.body.messageStatus]).toEqual([
    409,
    'already_decided',
    'rejected',
  ]);
});

test('where the workflow has ended, the answer comes from the store', async () => {
  const one = await held(closed);
  await shared.store.decide({ id: one.id, action: 'cancel', by: 'x', via: 'temporal' });
  const { door, id } = one;
  const key = door.agent.apiKey;
  expect(await door.ask('POST', `/v1/messages/${id}/cancel`, { key })).toMatchObject({
    status: 200,
    body: { status: 'canceled' },
  });
  const body = { sendAt: '2031-01-01T00:00:00Z' };
  expect(await door.ask('POST', `/v1/messages/${id}/reschedule`, { key, body })).toMatchObject({
    status: 409,
    body: { code: 'conflict', messageStatus: 'canceled' },
  });
});

test.each([
  ['does not answer in time', new WorkflowUpdateRPCTimeoutOrCancelledError('late'), 503, 'outcome_unknown'],
  [
    'closes in that instant',
    Object.assign(new Error('workflow update was aborted by closing workflow'), { code: 10 }),
    503,
    'outcome_unknown',
  ],
  [
    'ends while it answers',
    new WorkflowUpdateFailedError('AcceptedUpdateCompletedWorkflow', undefined),
    409,
    'conflict',
  ],
  ['fails in a way that nobody foresaw', new TypeError('of ada@reader.example'), 500, 'internal'],
])('where the workflow %s, the answer is a %3$s', async (_, error, status, code) => {
  const one = await held(failing(error));
  const answer = await one.decide();
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  if (status === 503) expect(answer.headers.get('retry-after')).toBe('5');
  expect(JSON.stringify(answer.body)).not.toContain('ada@');
});

test('an edit goes under seal, and needs somebody to write to and something to say', async () => {
  const sent: [string, string][] = [];
  const one = await held(async (id, name, sealed) => {
    sent.push([name, sealed]);
    return await answering('applied')(id, name, sealed, '');
  });
  const { door, id, digest } = one;
  const revise = (body: object): Promise<Answer> =>
    door.ask('POST', `/v1/messages/${id}/revisions`, {
      key: door.reviewer.apiKey,
      body: { digest, ...body },
    });
  expect((await revise({ ...EMAIL, subject: 'Better' })).status).toBe(200);
  expect(sent[0]?.[0]).toBe('revise');
  expect(await unseal(door.ring, 'revision', sent[0]![1])).toMatchObject({
    ...{ id, digest, by: door.reviewer.row.principal },
    content: { subject: 'Better', to: [{ address: EMAIL.to }] },
  });
  const large = await revise({ ...EMAIL, text: 'x'.repeat(900_000), html: 'x'.repeat(900_000) });
  expect([large.status, sent.at(-1)?.[1].slice(0, 5)]).toEqual([200, 'blob:']);
  expect(await revise({ subject: 's', text: 't' })).toMatchObject({ status: 400, body: { field: 'to' } });
  expect(await revise({ to: EMAIL.to, subject: 's' })).toMatchObject({
    status: 400,
    body: { field: 'text' },
  });
  expect(await revise({ ...EMAIL, category: 'commercial' })).toMatchObject({
    status: 400,
    body: { field: 'category' },
  });
});

test.each([
  ['cancel', 'cancel', {}, 'cancel', 'decision', { action: 'cancel' }],
  [
    'reschedule',
    'reschedule',
    { sendAt: '2031-01-01T00:00:00+02:00' },
    'reschedule',
    'reschedule',
    { sendAt: '2030-12-31T22:00:00.000Z' },
  ],
  ['resolution', 'resolution', { as: 'not_sent' }, 'resolve', 'resolution', { as: 'not_sent' }],
])('%s is the update %4$s of the workflow', async (_, path, body, update, purpose, value) => {
  const sent: [string, string][] = [];
  const { door, id } = await held(async (ofId, name, sealed) => {
    sent.push([name, sealed]);
    return await answering('applied')(ofId, name, sealed, '');
  });
  const answer = await door.ask('POST', `/v1/messages/${id}/${path}`, { key: door.reviewer.apiKey, body });
  expect([answer.status, sent[0]?.[0]]).toEqual([200, update]);
  expect(await unseal(door.ring, purpose as Purpose, sent[0]![1])).toMatchObject({ id, ...value });
});

test('an attempt that may still be under way is a 409 that says when to ask again', async () => {
  const { door, id } = await held(answering('lease_active', 12.2));
  const options = { key: door.reviewer.apiKey, body: { as: 'sent' } };
  const answer = await door.ask('POST', `/v1/messages/${id}/resolution`, options);
  expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
    409,
    'lease_active',
    '13',
  ]);
});

test.each([
  ['not_sent', 'TERMINATED', 200, 'failed'],
  ['sent', 'COMPLETED', 200, 'sent'],
  ['abandoned', 'TIMED_OUT', 200, 'failed'],
  ['sent', 'RUNNING', 409, 'unknown'],
] as const)(
  'an unknown outcome is resolved as %s at a workflow that is %s with %i %s',
  async (as, name, status, shown) => {
    const describe: Script['describe'] = async () => ({ type: 'sendEmail', status: { name } });
    const result: Script['result'] = async () => undefined;
    const door = await openDoor(shared, { script: { update: closed, describe, result } });
    const { id } = (await door.ask('POST', '/v1/messages', { body: EMAIL })).body;
    await go(shared.store, { id, run: `run-${id}` });
    await shared.store.settle({ id, run: `run-${id}`, attempt: 1, provider: 'smtp', route: [] });
    const resolution = { key: door.reviewer.apiKey, body: { as } };
    const early = await door.ask('POST', `/v1/messages/${id}/resolution`, resolution);
    expect(early.body.code).toBe(status === 200 ? 'lease_active' : 'conflict');
    shared.clock.advance(2 * MINUTE);
    const answer = await door.ask('POST', `/v1/messages/${id}/resolution`, resolution);
    expect(answer.status).toBe(status);
    expect((await shared.store.view(id))?.status).toBe(shown);
    if (status === 200) expect(answer.body.status).toBe(shown);
  },
);

test('a door resolves what it saw, and moves the version that it saw', async () => {
  const sent: [string, string][] = [];
  const update: Update = async (id, name, sealed) => {
    sent.push([name, sealed]);
    return await answering('applied')(id, name, sealed, '');
  };
  const door = await openDoor(shared, { script: { update } });
  const { id } = (await door.ask('POST', '/v1/messages', { body: EMAIL })).body;
  const { version } = await viewOf(id);
  const key = door.reviewer.apiKey;
  await door.ask('POST', `/v1/messages/${id}/reschedule`, { key, body: { sendAt: '2031-01-01T00:00:00Z' } });
  await go(shared.store, { id, run: `run-${id}` });
  await shared.store.settle({ id, run: `run-${id}`, attempt: 1, provider: 'smtp', route: [] });
  await door.ask('POST', `/v1/messages/${id}/resolution`, { key, body: { as: 'sent' } });
  expect(await unseal(door.ring, 'reschedule', sent[0]![1])).toMatchObject({ version });
  expect(await unseal(door.ring, 'resolution', sent[1]![1])).toMatchObject({
    unknown: [{ index: 0, attempt: 1, try: 1 }],
  });
  const { body } = await door.ask('GET', `/v1/messages/${id}`, { key });
  expect([body.version, body.recipients[0].attempt]).toEqual([undefined, undefined]);
});

test('the token of a signal names the email, its digest and the answer, for a day', async () => {
  const { door, id, digest } = await held(answering('applied'));
  const token = (body: object, key = door.reviewer.apiKey): Promise<Answer> =>
    door.ask('POST', `/v1/messages/${id}/approval-token`, { key, body });
  const { status, body } = await token({ action: 'approve', digest });
  expect(status).toBe(200);
  expect(await unseal(door.ring, 'approval-token', body.token)).toMatchObject({
    ...{ id, digest, action: 'approve', by: door.reviewer.row.principal, expiresAt: body.expiresAt },
  });
  expect(Date.parse(body.expiresAt) - shared.clock().getTime()).toBe(86_400_000);
  expect(body.command).toBe(
    `temporal workflow signal --workflow-id ${id} --name approve --input '${JSON.stringify({ by: door.reviewer.row.principal, token: body.token })}'`,
  );
  expect((await token({ action: 'approve', digest: 'a'.repeat(64) })).body.code).toBe('digest_mismatch');
  const agent = await door.key(['approvals:decide']);
  expect((await token({ action: 'approve', digest }, agent.apiKey)).body.code).toBe('person_required');
});

test('what a key may not see it can not change either', async () => {
  const { door, id, digest } = await held(answering('applied'));
  const second = await door.store.createMailbox({ org: door.org, address: 'second@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const other = await openDoor(shared, { script: {} });
  const strangers = [
    await door.key(['approvals:decide'], { kind: 'person', mailboxes: [second.id] }),
    await door.key(['approvals:decide'], { kind: 'person', mode: 'test' }),
    other.reviewer,
  ];
  for (const { apiKey } of strangers)
    for (const [path, body] of [
      ['decision', { action: 'approve', digest }],
      ['cancel', {}],
      ['reschedule', { sendAt: '2031-01-01T00:00:00Z' }],
      ['resolution', { as: 'sent' }],
      ['revisions', { ...EMAIL, digest }],
      ['approval-token', { action: 'approve', digest }],
    ] as const)
      expect([
        path,
        (await door.ask('POST', `/v1/messages/${id}/${path}`, { key: apiKey, body })).body.code,
      ]).toEqual([path, 'not_found']);
});

test('what is not admitted yet can be changed by nobody who may not see it', async () => {
  const door = await openDoor(shared);
  const memo = { org: door.org, mailbox: door.mailbox.id, mode: 'live', requestHash: 'x' };
  const other = await openDoor(shared, {
    mailbox: { org: door.org, address: 'other@sender.example' },
    script: { describe: async () => ({ type: 'sendEmail', status: { name: 'RUNNING' }, memo }) },
  });
  const cancel = async (key: string): Promise<string> =>
    (await other.ask('POST', '/v1/messages/msg_pending/cancel', { key, body: {} })).body.code;
  const bound = await other.key(['messages:send'], { mailboxes: [other.mailbox.id] });
  const tester = await other.key(['messages:send'], { mode: 'test' });
  expect([await cancel(bound.apiKey), await cancel(tester.apiKey)]).toEqual(['not_found', 'not_found']);
  expect(await cancel(other.agent.apiKey)).toBe('conflict');
});
