/** @module Deciding on a policy change on its page: what is shown, who may, and only from our own form. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';
import { desk, type Desk } from './support/desk.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const HOSTILE = '<script>alert(1)</script>';

/** As an agent asks for it. */
async function asked(hourly: number): Promise<string> {
  const document = { limits: { hourly }, undoSeconds: 5, vip: ['boss.example'] };
  const body = { mailbox: door.mailbox.id, document, why: `${HOSTILE} ${hourly}` };
  const answer = await door.ask('PUT', '/v1/policy', { body });
  return answer.body.change.id;
}

async function signedIn(scopes: Parameters<Door['key']>[0] = ['approvals:decide', 'policy:admin']): Promise<{
  open: Desk;
  csrf: string;
}> {
  const { apiKey } = await door.key(scopes, { kind: 'person' });
  const open = desk([], { service: door.service });
  await open.post('/review/session', { key: apiKey, next: '/review/policy' });
  return { open, csrf: await open.csrf() };
}

const hourly = async (): Promise<number> =>
  (await door.store.mailbox(door.org, door.mailbox.id))?.policy.limits.hourly ?? 0;

test('the page shows what it loosens and why, as text, and approving lets it hold', async () => {
  const id = await asked(200);
  const { open, csrf } = await signedIn();
  const list = await (await open.ask('/review/policy')).text();
  expect(list).toContain(`href="/review/policy/${id}"`);
  const page = await (await open.ask(`/review/policy/${id}`)).text();
  expect(page).toContain('limits.hourly');
  expect(page.replace(/\s+/gu, ' ')).toMatch(/before <bdi>100<\/bdi>.*after <bdi>200<\/bdi>/u);
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).not.toContain(HOSTILE);
  const response = await open.post(`/review/policy/${id}/decision`, {
    csrf,
    action: 'approve',
    comment: 'ok',
  });
  expect([response.status, response.headers.get('location')]).toEqual([303, `/review/policy/${id}`]);
  expect(await hourly()).toBe(200);
  const after = await (await open.ask(`/review/policy/${id}`)).text();
  expect(after).toContain('Decided by you');
  expect(after).not.toContain('name="action"');
});

test('without our own form, or without the scope, nothing is decided', async () => {
  const id = await asked(300);
  const before = await hourly();
  const { open, csrf } = await signedIn();
  const path = `/review/policy/${id}/decision`;
  expect((await open.post(path, { csrf: `${csrf}x`, action: 'approve' })).status).toBe(403);
  const foreign = { 'sec-fetch-site': 'cross-site' };
  expect((await open.post(path, { csrf, action: 'approve' }, foreign)).status).toBe(403);
  const reader = await signedIn(['approvals:decide', 'messages:read']);
  expect(await (await reader.open.ask(`/review/policy/${id}`)).text()).not.toContain('name="action"');
  expect((await reader.open.post(path, { csrf: reader.csrf, action: 'approve' })).status).toBe(403);
  open.cookie = null;
  expect((await open.post(path, { csrf, action: 'approve' })).status).toBe(401);
  expect(await hourly()).toBe(before);
  expect(await (await open.ask(`/review/policy/${id}`)).text()).toContain('name="key"');
});

test('one of what no longer holds can be rejected only, and what is not there is not found', async () => {
  const id = await asked(400);
  await door.store.updateMailbox(door.org, door.mailbox.id, { policy: { deny: ['a.example'] } }, 'test');
  const { open, csrf } = await signedIn();
  const page = await (await open.ask(`/review/policy/${id}`)).text();
  expect([page.includes('value="approve"'), page.includes('value="reject"')]).toEqual([false, true]);
  expect((await open.post(`/review/policy/${id}/decision`, { csrf, action: 'reject' })).status).toBe(303);
  expect((await open.ask('/review/policy/pch_0')).status).toBe(404);
});
