/** @module The HTTP door before real workflows: what it hands over is understood, and what comes back is shown. */
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import type { TestStore } from '../support/store.js';
import { startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
let door: Door;
let held: Door;

/** A door to the warden's worker, with a mailbox and keys of its own. */
async function doorTo(autonomy: 'auto' | 'review_all', taskQueue = warden.taskQueue): Promise<Door> {
  const clock = (): Date => new Date();
  return await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { autonomy },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue },
      ring: warden.ring,
      clock,
      deadlines: { update: 3_000 },
    },
  });
}

beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { feedback: { window: '0s' } } });
  door = await doorTo('auto');
  held = await doorTo('review_all');
});
afterAll(() => warden.stop());

const mail = (more: object = {}): object => ({
  to: 'ann@example.com',
  subject: `s ${randomUUID()}`,
  text: 'hi',
  ...more,
});
const send = (at: Door, body: object, key?: string): Promise<Answer> =>
  at.ask('POST', '/v1/messages', { body, ...(key !== undefined && { headers: { 'Idempotency-Key': key } }) });
const act = (id: string, path: string, body: object = {}, key = held.reviewer.apiKey): Promise<Answer> =>
  held.ask('POST', `/v1/messages/${id}/${path}`, { key, body });
const wire = (id: string): number => relay.sent.filter((one) => one.id === id).length;

test('an email goes out once, however often it is asked for under one key, while it runs and after it has ended', async () => {
  const body = mail();
  const first = await send(door, body, 'k1');
  expect([first.status, first.body.verdict.outcome]).toEqual([202, 'allow']);
  const { id } = first.body;
  await warden.until(id, 'sent');
  await warden.temporal.client.workflow.getHandle(id).result();
  const again = await send(door, body, 'k1');
  expect([again.status, again.body.id]).toEqual([202, id]);
  const other = await send(door, mail(), 'k1');
  expect([other.status, other.body.code, other.body.id, other.body.messageStatus]).toEqual([
    ...[409, 'idempotency_conflict', id, 'sent'],
  ]);
  const reworded = await send(door, { ...mail(), dedupeKey: 'k1' });
  expect(reworded.body).toMatchObject({ id, status: 'sent', replayed: true, contentDiffers: true });
  expect(wire(id)).toBe(1);
});

test('an email that is larger than a start may be goes out whole', async () => {
  const { body } = await send(door, mail({ text: 'x'.repeat(300_000) }));
  await warden.until(body.id, 'sent');
  expect(wire(body.id)).toBe(1);
});

test('a denied email is a 403 with its id, and nothing goes out', async () => {
  const by = {
    org: door.org,
    mode: 'live',
    scope: 'org',
    reason: 'manual',
    source: 'test',
    by: 'test',
  } as const;
  await warden.store.addSuppression({ ...by, address: 'never@example.com' });
  const { status, body } = await send(door, mail({ to: 'never@example.com' }));
  expect([status, body.code]).toEqual([403, 'policy_denied']);
  expect(JSON.stringify(body.verdict)).toContain('never@example.com');
  expect((await door.ask('GET', `/v1/messages/${body.id}`)).body.status).toBe('denied');
});

test('while no worker runs an email is accepted as queued, and shown as that', async () => {
  const nobody = await doorTo('auto', `nobody-${randomUUID()}`);
  const { status, body } = await send(nobody, mail(), 'q');
  expect([status, body.status]).toEqual([202, 'queued']);
  expect((await nobody.ask('GET', `/v1/messages/${body.id}`)).body).toEqual({
    id: body.id,
    status: 'queued',
  });
  expect((await door.ask('GET', `/v1/messages/${body.id}`)).status).toBe(404);
  expect((await send(nobody, mail(), 'q')).body.code).toBe('idempotency_conflict');
  await warden.temporal.client.workflow.getHandle(body.id).terminate();
});

test('a person approves what they saw, once, and it goes out', async () => {
  const { id, digest } = (await send(held, mail())).body;
  expect((await act(id, 'decision', { action: 'approve', digest: 'a'.repeat(64) })).body.code).toBe(
    'digest_mismatch',
  );
  const approved = await act(id, 'decision', { action: 'approve', digest });
  expect([approved.status, approved.body.id]).toEqual([200, id]);
  expect((await act(id, 'decision', { action: 'approve', digest })).status).toBe(200);
  expect((await act(id, 'decision', { action: 'reject', digest })).body.code).toBe('already_decided');
  await warden.until(id, 'sent');
  expect(wire(id)).toBe(1);
  const shown = (await held.ask('GET', `/v1/messages/${id}`)).body;
  expect(shown.decisions).toMatchObject([
    { action: 'approve', by: held.reviewer.row.principal, via: 'door', digest },
  ]);
});

test('no sender makes a person who approves what the sender sent', async () => {
  const sender = await held.key(['messages:send']);
  const body = { name: 'a person, it says', kind: 'person', scopes: ['approvals:decide'] };
  expect((await held.ask('POST', '/v1/keys', { key: sender.apiKey, body })).body.code).toBe('scope_missing');
  // Whoever got one made all the same can't use it.
  const apiKey = makeKey('live');
  await held.store.createKey({
    ...{ org: held.org, hash: hashKey(apiKey), name: body.name, mode: 'live', mailboxes: null },
    ...{ principal: { kind: 'person', name: body.name }, scopes: ['approvals:decide'] },
    madeBy: sender.row.id,
  });
  const sent = await held.ask('POST', '/v1/messages', { key: sender.apiKey, body: mail() });
  const { id, digest } = sent.body;
  const own = await act(id, 'decision', { action: 'approve', digest }, apiKey);
  expect([own.status, own.body.code]).toEqual([403, 'own_decision']);
  expect((await act(id, 'decision', { action: 'reject', digest })).body.status).toBe('rejected');
  expect((await act(id, 'decision', { action: 'approve', digest })).body.code).toBe('already_decided');
  expect(wire(id)).toBe(0);
});

test('an edit voids the digest before it; the edited email is what goes out', async () => {
  const { id, digest } = (await send(held, mail())).body;
  const subject = `edited ${randomUUID()}`;
  const edited = await act(id, 'revisions', { digest, to: 'ann@example.com', subject, text: 'better' });
  expect([edited.status, edited.body.revision]).toEqual([200, 2]);
  expect(edited.body.digest).not.toBe(digest);
  expect((await act(id, 'decision', { action: 'approve', digest })).body.code).toBe('digest_mismatch');
  expect((await act(id, 'decision', { action: 'approve', digest: edited.body.digest })).status).toBe(200);
  await warden.until(id, 'sent');
  expect(relay.sent.find((one) => one.id === id)?.subject).toBe(subject);
});

test('an edit of nearly a megabyte is carried whole', async () => {
  const { id, digest } = (await send(held, mail())).body;
  const content = { to: 'ann@example.com', subject: 'large', text: 'x'.repeat(900_000) };
  const edited = await act(id, 'revisions', { digest, ...content });
  expect([edited.status, edited.body.revision]).toEqual([200, 2]);
  expect((await held.ask('GET', `/v1/messages/${id}`)).body.content.text).toHaveLength(900_000);
});

test('a scheduled email is given another time, and canceled by its sender', async () => {
  const { id, status } = (await send(door, mail({ sendAt: '2090-01-01T00:00:00Z' }))).body;
  expect(status).toBe('scheduled');
  const moved = await door.ask('POST', `/v1/messages/${id}/reschedule`, {
    body: { sendAt: '2091-01-01T00:00:00Z' },
  });
  expect(moved.body.waitingFor).toEqual({ reason: 'send_at', until: '2091-01-01T00:00:00.000Z' });
  const cancel = (): Promise<Answer> => door.ask('POST', `/v1/messages/${id}/cancel`, { body: {} });
  expect((await cancel()).body.status).toBe('canceled');
  expect((await cancel()).body.status).toBe('canceled');
  const late = await door.ask('POST', `/v1/messages/${id}/reschedule`, {
    body: { sendAt: '2092-01-01T00:00:00Z' },
  });
  expect([late.status, late.body.messageStatus]).toEqual([409, 'canceled']);
});

test('an unknown outcome is listed, and settled by a person once its attempt can be over', async () => {
  relay.answers.push({ outcome: 'unknown' });
  const { id } = (await send(door, mail())).body;
  await warden.until(id, 'unknown');
  const listed = await door.ask('GET', '/v1/unknown');
  expect(listed.body.items.map((one: { id: string }) => one.id)).toContain(id);
  const resolve = (): Promise<Answer> =>
    door.ask('POST', `/v1/messages/${id}/resolution`, { key: door.reviewer.apiKey, body: { as: 'sent' } });
  let answer = await resolve();
  for (let i = 0; answer.body.code === 'lease_active' && i < 10; i++) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await new Promise((after) => setTimeout(after, 2_000));
    answer = await resolve();
  }
  expect([answer.status, answer.body.status]).toEqual([200, 'sent']);
});

test('the token that the door prints approves by the signal that it prints', async () => {
  const { id, digest } = (await send(held, mail())).body;
  const { body } = await act(id, 'approval-token', { action: 'approve', digest });
  expect(body.command).toContain(`--workflow-id ${id} --name approve`);
  await warden.temporal.client.workflow
    .getHandle(id)
    .signal('approve', { by: held.reviewer.row.principal, token: body.token });
  await warden.until(id, 'sent');
  expect((await held.ask('GET', `/v1/messages/${id}`)).body.decisions).toMatchObject([{ via: 'signed' }]);
});
