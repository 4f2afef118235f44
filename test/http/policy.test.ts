/** @module Policies at the door: read, set, looked up later, and loosened only by a person. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Answer, type Door, type Key } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const get = async (path: string, { apiKey }: Key = door.admin): Promise<Answer['body']> =>
  (await door.ask('GET', path, { key: apiKey })).body;

const put = (body: object, { apiKey }: Key = door.admin): Promise<Answer> =>
  door.ask('PUT', '/v1/policy', { key: apiKey, body });

const decide = (id: string, body: object, { apiKey }: Key): Promise<Answer> =>
  door.ask('POST', `/v1/policy/changes/${id}/decision`, { key: apiKey, body });

/** A mailbox of its own. */
async function mailbox(policy: object = {}): Promise<string> {
  const body = { address: `box-${Math.random().toString(36).slice(2)}@sender.example`, policy };
  return (await door.ask('POST', '/v1/mailboxes', { key: door.admin.apiKey, body })).body.id;
}

test('a dry run says what would change and changes nothing; applied, it holds and is a version', async () => {
  const box = await mailbox();
  const asked = { mailbox: box, document: { limits: { hourly: 50 }, vip: ['Boss.Example'] }, why: 'less' };
  const dry = await put({ ...asked, dryRun: true });
  expect(dry.body).toMatchObject({
    ...{ mailbox: box, applied: false, version: 0, warnings: [] },
    changes: [
      { field: 'vip', before: [], after: ['boss.example'], loosens: false },
      { field: 'limits.hourly', before: 100, after: 50, loosens: false },
    ],
  });
  expect((await get(`/v1/policy?mailbox=${box}`)).policy.limits.hourly).toBe(100);
  const { body } = await put({ ...asked, basedOn: dry.body.basedOn });
  expect(body).toMatchObject({ applied: true, version: 1, basedOn: dry.body.digest });
  const held = await get(`/v1/policy?mailbox=${box}`);
  expect(held).toMatchObject({ own: asked.document, version: 1, digest: body.digest });
  const late = await put({ ...asked, basedOn: dry.body.basedOn });
  expect([late.status, late.body.code, late.body.field]).toEqual([412, 'precondition_failed', 'basedOn']);
  const { items } = await get(`/v1/policy/versions?mailbox=${box}`);
  expect(items).toMatchObject([{ number: 1, by: door.admin.row.principal, why: 'less' }]);
  expect(await get(`/v1/policy/versions/${items[0].id}`)).toMatchObject({
    document: { policy: { limits: { hourly: 50 } }, autonomy: 'review_all' },
    version: items[0],
  });
  expect((await get(`/v1/policy/versions/${body.digest}`)).document.policy).toEqual(held.policy);
});

test.each([
  [{ limits: { houry: 5 } }, 'document.limits.houry'],
  [{ limits: { hourly: -5 } }, 'document.limits.hourly'],
  [{ deny: ['/(/'] }, 'document.deny[0]'],
  [{ hours: { timeZone: 'Mars/Phobos' } }, 'document.hours.timeZone'],
  [
    {
      hours: {
        quiet: [
          { from: '22:00', until: '06:00' },
          { from: '05:00', until: '07:00' },
        ],
      },
    },
    'document.hours.quiet[1]',
  ],
  [{ modes: { no_such_rule: 'off' } }, 'document.modes.no_such_rule'],
])('%j is refused, and %s is named', async (document, field) => {
  const { status, body } = await put({ document, dryRun: true });
  expect([status, body.code, body.field]).toEqual([400, 'invalid_request', field]);
});

test('a policy under which nothing can go is set, with a warning that says so', async () => {
  const { body } = await put({ document: { allow: [], limits: { daily: 0 } }, dryRun: true });
  expect(body.warnings.map((one: { field: string }) => one.field)).toEqual(['allow', 'limits.daily']);
});

test('an agent makes the policy of its mailbox stricter by itself, and no other', async () => {
  const [own, other] = [await mailbox(), await mailbox()];
  const agent = await door.key(['messages:send'], { mailboxes: [own] });
  const strict = { mailbox: own, document: { limits: { hourly: 5 } } };
  expect((await put(strict, agent)).body).toMatchObject({ applied: true, version: 1 });
  expect((await put({ ...strict, mailbox: other }, agent)).body.code).toBe('mailbox_unknown');
  expect((await put({ document: {} }, agent)).body.code).toBe('scope_missing');
  expect((await put({ document: { deny: ['a.example'] } }, door.agent)).body.code).toBe('scope_missing');
  const tester = await door.key(['messages:send'], { mode: 'test' });
  expect((await put(strict, tester)).body.code).toBe('scope_missing');
});

test('what an agent loosens changes nothing, names each field, and waits for a person', async () => {
  const box = await mailbox({ deny: ['a.example'], limits: { hourly: 5 } });
  const agent = await door.key(['messages:send'], { mailboxes: [box] });
  const asked = { mailbox: box, document: { limits: { hourly: 50 }, undoSeconds: 9 }, why: 'in a hurry' };
  const { status, body } = await put(asked, agent);
  expect([status, body.code, body.loosens]).toEqual([
    ...[403, 'human_decision_required'],
    ['deny', 'limits.hourly'],
  ]);
  expect(body.detail).toContain(`mailwarden policy approve ${body.change.id}`);
  expect(body.change.url).toBe(`http://warden.test/review/policy/${body.change.id}`);
  expect((await get(`/v1/policy?mailbox=${box}`)).policy.limits.hourly).toBe(5);
  expect((await put(asked, agent)).body.change).toEqual(body.change);

  const shown = await get(`/v1/policy/changes/${body.change.id}`);
  expect(shown).toMatchObject({ status: 'pending', why: 'in a hurry', document: asked.document });
  expect(shown.changes).toContainEqual({ field: 'limits.hourly', before: 5, after: 50, loosens: true });
  const robot = await door.key(['policy:admin']);
  expect((await decide(body.change.id, { action: 'approve' }, robot)).body.code).toBe('person_required');
  expect((await decide(body.change.id, { action: 'approve' }, door.reviewer)).body.code).toBe(
    'scope_missing',
  );
  const done = await decide(body.change.id, { action: 'approve', comment: 'fine' }, door.admin);
  expect(done.body).toMatchObject({ status: 'approved', decidedBy: door.admin.row.principal });
  expect(await get(`/v1/policy?mailbox=${box}`)).toMatchObject({ own: asked.document });
  const again = await decide(body.change.id, { action: 'reject' }, door.admin);
  expect([again.status, again.body.code]).toEqual([409, 'already_decided']);
});

test('a person who asks without the scope does not approve it with a key of theirs that has it', async () => {
  const box = await mailbox();
  const asker = await door.key(['org:admin'], { kind: 'person' });
  const { body } = await door.ask('PATCH', `/v1/mailboxes/${box}`, {
    ...{ key: asker.apiKey, body: { policy: { limits: { hourly: 500 } } } },
  });
  const second = await door.store.createKey({
    ...{ org: door.org, hash: 'x'.repeat(64), name: 'second', mode: 'live', scopes: ['policy:admin'] },
    ...{ mailboxes: null, madeBy: null, principal: { id: asker.row.principal } },
  });
  if (typeof second === 'string') throw new Error(second);
  const caller = { ...second, key: second.id, kind: 'person' as const };
  const own = door.service.call('policyChanges.decide', caller, { id: body.change.id, action: 'approve' });
  await expect(own).rejects.toMatchObject({ code: 'own_decision' });
});

test('a change that was asked of what no longer holds is not applied', async () => {
  const box = await mailbox();
  const { body } = await put({ mailbox: box, document: { limits: { hourly: 500 } } }, door.agent);
  await put({ mailbox: box, document: { deny: ['a.example'] } });
  expect((await get(`/v1/policy/changes/${body.change.id}`)).changes).toBeNull();
  const late = await decide(body.change.id, { action: 'approve' }, door.admin);
  expect([late.status, late.body.code]).toEqual([409, 'conflict']);
  expect((await get(`/v1/policy?mailbox=${box}`)).policy).toMatchObject({ deny: ['a.example'] });
  expect(await get('/v1/policy/changes?status=stale')).toMatchObject({ items: [{ id: body.change.id }] });
});

test('a mailbox is not made, or changed, with a looser policy by a key without policy:admin', async () => {
  const keeper = await door.key(['org:admin']);
  const loose = { policy: { limits: { hourly: 500 } } };
  const make = (body: object): Promise<Answer> =>
    door.ask('POST', '/v1/mailboxes', {
      key: keeper.apiKey,
      body: { address: 'new@sender.example', ...body },
    });
  expect((await make(loose)).body).toMatchObject({
    code: 'human_decision_required',
    loosens: ['limits.hourly'],
  });
  const { body } = await make({ policy: { limits: { hourly: 50 } } });
  expect(body.policy.limits.hourly).toBe(50);
  const update = (change: object, { apiKey }: Key): Promise<Answer> =>
    door.ask('PATCH', `/v1/mailboxes/${body.id}`, { key: apiKey, body: change });
  const refused = await update(loose, keeper);
  expect(refused.body).toMatchObject({ code: 'human_decision_required', change: { status: 'pending' } });
  expect((await update({ policy: { undoSeconds: 5 } }, keeper)).status).toBe(200);
  expect((await update(loose, door.admin)).body.policy).toMatchObject({
    limits: { hourly: 500 },
    undoSeconds: 5,
  });
});

test('the policies that come along are listed, with their text', async () => {
  const { items } = await get('/v1/policy/presets', door.agent);
  expect(items.map((one: { name: string }) => one.name)).toEqual([
    ...['agentmail', 'default', 'molted', 'multimail', 'sendkit'],
  ]);
});
