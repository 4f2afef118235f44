import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
let count = 0;
const email = (): object => ({ ...EMAIL, subject: `Hello ${(count += 1)}` });

test('a person pauses the org and lets it go on; no agent and no test key does', async () => {
  const door = await openDoor(shared);
  const { agent, reviewer, admin } = door;
  const [sandbox, bound] = [
    await door.key(['approvals:decide'], { kind: 'person', mode: 'test' }),
    await door.key(['approvals:decide'], { kind: 'person', mailboxes: [door.mailbox.id] }),
  ];
  const decider = await door.key(['approvals:decide'], { kind: 'agent' });
  for (const [{ apiKey }, code] of [
    [agent, 'scope_missing'],
    [decider, 'person_required'],
    [sandbox, 'scope_missing'],
    [bound, 'scope_missing'],
  ] as const)
    for (const verb of ['pause', 'resume']) {
      const refused = await door.ask('POST', `/v1/org/${verb}`, { key: apiKey, body: {} });
      expect([refused.status, refused.body.code]).toEqual([403, code]);
    }
  const paused = await door.ask('POST', '/v1/org/pause', {
    key: reviewer.apiKey,
    body: { reason: 'nonsense' },
  });
  expect(paused).toMatchObject({
    status: 200,
    body: { org: door.org, status: 'paused', reason: 'nonsense' },
  });
  const denied = await door.ask('POST', '/v1/messages', { body: email() });
  expect([denied.status, denied.body.code]).toEqual([403, 'policy_denied']);
  expect(denied.body.detail).toContain('tenant_paused');
  expect((await door.ask('GET', '/v1/org')).body).toEqual(paused.body);
  expect((await door.ask('POST', '/v1/org/resume', { key: admin.apiKey, body: {} })).body.status).toBe(
    'active',
  );
  expect((await door.ask('POST', '/v1/messages', { body: email() })).status).toBe(202);
});

test('a key pauses its own line, a person any; a paused key reads, sends nothing, and cannot resume itself', async () => {
  const door = await openDoor(shared);
  const { agent, reviewer } = door;
  const other = await door.key(['messages:send']);
  const foreign = await door.ask('POST', `/v1/keys/${other.row.id}/pause`, { body: {} });
  expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
  const own = await door.ask('POST', `/v1/keys/${agent.row.id}/pause`, {
    body: { reason: 'I go in circles' },
  });
  expect(own).toMatchObject({ status: 200, body: { id: agent.row.id, status: 'paused' } });
  const denied = await door.ask('POST', '/v1/messages', { body: email() });
  expect(denied.body.detail).toContain('key_paused');
  expect((await door.ask('GET', '/v1/messages')).status).toBe(200);
  const path = `/v1/keys/${agent.row.id}/resume`;
  expect((await door.ask('POST', path, { body: {} })).status).toBe(403);
  expect((await door.ask('POST', path, { key: reviewer.apiKey, body: {} })).body.status).toBe('active');
  expect((await door.ask('POST', '/v1/messages', { body: email() })).status).toBe(202);
});

test('a key is made for some categories, and makes none for others', async () => {
  const door = await openDoor(shared);
  const make = (key: string, categories?: string[]) =>
    door.ask('POST', '/v1/keys', {
      key,
      body: { name: 'k', scopes: ['messages:send'], ...(categories && { categories }) },
    });
  const few = await make(door.agent.apiKey, ['transactional']);
  expect(few).toMatchObject({ status: 201, body: { categories: ['transactional'], status: 'active' } });
  expect((await make(few.body.apiKey)).body.categories).toEqual(['transactional']);
  const more = await make(few.body.apiKey, ['transactional', 'commercial']);
  expect([more.status, more.body.code, more.body.field]).toEqual([403, 'scope_missing', 'categories']);
  const sent = await door.ask('POST', '/v1/messages', {
    key: few.body.apiKey,
    body: { ...email(), category: 'conversational' },
  });
  expect(sent.body.detail).toContain('category_allowed');
});

test('the same email under another key is answered with the first one, and is not sent', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { duplicateMinutes: 10 } } });
  const send = (key: string) =>
    door.ask('POST', '/v1/messages', { body: EMAIL, headers: { 'Idempotency-Key': key } });
  const first = await send('one');
  expect(first.status).toBe(202);
  for (let times = 0; times < 2; times++) {
    const { status, body } = await send('two');
    expect([status, body.id, body.replayed, body.duplicateOf]).toEqual([
      202,
      first.body.id,
      true,
      first.body.id,
    ]);
    expect(body.verdict.outcome).toBe('allow');
  }
});

test('who gets a copy for oversight stands in the answer, and in the email that a person sees', async () => {
  const bcc = 'boss@sender.example';
  const door = await openDoor(shared, { mailbox: { policy: { oversight: { bcc } } } });
  const { body } = await door.ask('POST', '/v1/messages', { body: email() });
  expect(body.oversight).toBe(bcc);
  const detail = await door.ask('GET', `/v1/messages/${body.id}`);
  expect(detail.body.content.bcc).toEqual([{ address: bcc }]);
  const inside = await door.ask('POST', '/v1/messages', { body: { ...email(), to: 'eve@sender.example' } });
  expect([inside.status, inside.body.oversight]).toEqual([202, undefined]);
});

test('a contact that another agent holds is a 409 that names who and until when', async () => {
  const door = await openDoor(shared);
  const other = await door.key(['messages:send']);
  const ask = (key: string, minutes?: number) =>
    door.ask('POST', '/v1/leases', { key, body: { address: 'Ada@Reader.example', minutes } });
  const mine = await ask(door.agent.apiKey);
  expect(mine).toMatchObject({ status: 200, body: { address: 'ada@reader.example' } });
  const refused = await ask(other.apiKey);
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: 'lease_conflict',
      holder: door.agent.row.principal,
      until: mine.body.until,
      retryAfter: 1_800,
    },
  });
  const denied = await door.ask('POST', '/v1/messages', { key: other.apiKey, body: email() });
  expect(denied.body).toMatchObject({ code: 'policy_denied' });
  expect((await door.ask('GET', '/v1/leases')).body.items).toEqual([mine.body]);
  expect((await door.ask('GET', '/v1/leases', { key: other.apiKey })).body.items).toEqual([]);
  const longest = await ask(door.agent.apiKey, 1_441);
  expect([longest.status, longest.body.field]).toEqual([400, 'minutes']);
  const path = `/v1/leases/${mine.body.id}`;
  expect((await door.ask('DELETE', path, { key: other.apiKey })).status).toBe(404);
  expect((await door.ask('DELETE', path)).body).toEqual({ id: mine.body.id, released: true });
  expect((await ask(other.apiKey)).status).toBe(200);
});
