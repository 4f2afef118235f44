/** @module Policies: what holds, what held, what a verdict names, and what waits for a person. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Patch } from '../../src/core/policy/patch.js';
import type { MailboxRow, PolicyFound, PolicyProposal, Store } from '../../src/store/store.js';
import { admission, makeMailbox, newOrg } from '../support/store.js';
import type { Bed } from './store.js';

interface Asked {
  org: string;
  mailbox: string | null;
}

const found = async (store: Store, subject: Asked): Promise<PolicyFound> => {
  const policy = await store.policy(subject);
  if (policy === null) throw new Error('no such mailbox');
  return policy;
};

async function set(store: Store, subject: Asked, patch: Patch, why?: string): Promise<PolicyFound> {
  const { digest: basedOn } = await found(store, subject);
  const answer = await store.applyPolicy({ ...subject, patch, basedOn, by: 'prn_admin', why });
  if (answer === null || answer === 'stale') throw new Error(String(answer));
  return answer;
}

/** One that says nothing itself. */
async function plain(store: Store): Promise<MailboxRow> {
  const made = await store.createMailbox(
    { org: newOrg(), address: 'agent@sender.example', autonomy: 'auto' },
    'test',
  );
  if (made === 'exists') throw new Error('the mailbox exists');
  return made;
}

const subjectOf = ({ org, id }: MailboxRow): { org: string; mailbox: string } => ({ org, mailbox: id });

/** As an agent would ask for 200 emails per hour. */
async function ask(
  store: Store,
  mailbox: MailboxRow,
  change: Partial<PolicyProposal> = {},
): ReturnType<Store['proposePolicy']> {
  const { digest: basedOn } = await found(store, subjectOf(mailbox));
  return await store.proposePolicy({
    ...{ ...subjectOf(mailbox), basedOn, patch: { limits: { hourly: 200 } }, fields: ['limits.hourly'] },
    ...{ by: 'prn_agent', key: 'key_agent', why: 'the newsletter' },
    ...change,
  });
}

async function asked(store: Store, mailbox: MailboxRow): Promise<{ org: string; id: string }> {
  const row = await ask(store, mailbox);
  if (row === null || typeof row === 'string') throw new Error(String(row));
  return row;
}

const PERSON = { mailboxes: null, by: 'prn_person', key: 'key_person' };

export function policyContract(bed: Bed): void {
  test('what an org says holds for its mailboxes, but where they say otherwise', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 7 } } });
    const { org } = mailbox;
    const before = await found(store, { org, mailbox: null });
    expect([before.version, before.own]).toEqual([0, {}]);
    const after = await set(
      store,
      { org, mailbox: null },
      { limits: { hourly: 20, daily: 30 }, vip: null },
      'less',
    );
    expect([after.version, after.policy.limits.hourly]).toEqual([1, 20]);
    const row = await store.mailbox(org, mailbox.id);
    expect(row?.policy.limits).toMatchObject({ hourly: 7, daily: 30 });
    expect(await found(store, subjectOf(mailbox))).toMatchObject({ version: 1, own: mailbox.ownPolicy });
    const stranger = await plain(store);
    expect(stranger.policy.limits.hourly).toBe(100);
    expect(await store.policy({ org: stranger.org, mailbox: mailbox.id })).toBeNull();
  });

  test('every change leaves a version, with who and why, and nobody can change or remove one', async () => {
    const { store, db } = bed();
    const mailbox = await plain(store);
    const { org } = mailbox;
    await set(store, subjectOf(mailbox), { limits: { hourly: 7 } }, 'a try');
    await store.updateMailbox(org, mailbox.id, { policy: { limits: { hourly: 8 } } }, 'prn_other');
    await store.updateMailbox(org, mailbox.id, { status: 'paused' }, 'prn_other');
    await set(store, subjectOf(mailbox), { limits: { hourly: 8 } }, 'nothing new');
    const { items } = await store.policyVersions({ org, mailboxes: null, limit: 10 });
    expect(items.map(({ number, patch, by, why }) => [number, patch, by, why]).sort()).toEqual([
      [1, { limits: { hourly: 7 } }, 'prn_admin', 'a try'],
      [2, { limits: { hourly: 8 } }, 'prn_other', null],
    ]);
    const [one] = items;
    expect(await store.policyVersion(org, one?.id ?? '')).toEqual(one);
    expect(await store.policyVersion(newOrg(), one?.id ?? '')).toBeNull();
    for (const table of ['policy_versions', 'policy_documents'])
      for (const change of [`update ${table} set digest = 'x'`, `delete from ${table}`])
        await expect(sql.raw(change).execute(db)).rejects.toThrow();
  });

  test('a mailbox whose policy is older than versions keeps it as its first', async () => {
    const { store, db } = bed();
    const mailbox = await plain(store);
    await sql`update mailboxes set policy = '{"undoSeconds":5}' where id = ${mailbox.id}`.execute(db);
    expect((await set(store, subjectOf(mailbox), {})).version).toBe(2);
    const { items } = await store.policyVersions({ org: mailbox.org, mailboxes: null, limit: 10 });
    expect(items.map(({ number, patch }) => [number, patch]).sort()).toEqual([
      [1, { undoSeconds: 5 }],
      [2, {}],
    ]);
  });

  test('a change of what somebody has not seen is stale, and of eight at once one wins', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    const { digest: basedOn } = await found(store, subjectOf(mailbox));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store.applyPolicy({ ...subjectOf(mailbox), patch: { undoSeconds: i + 1 }, basedOn, by: 'x' }),
      ),
    );
    expect(answers.filter((one) => one !== 'stale')).toHaveLength(1);
    await set(store, { org: mailbox.org, mailbox: null }, { vip: ['vip.example'] });
    const seen = await found(store, subjectOf(mailbox));
    await set(store, { org: mailbox.org, mailbox: null }, {});
    const late = { ...subjectOf(mailbox), patch: {}, basedOn: seen.digest, by: 'x' };
    expect(await store.applyPolicy(late)).toBe('stale');
    expect(
      await store.updateMailbox(mailbox.org, mailbox.id, { policy: {} }, 'x', undefined, seen.digest),
    ).toBe('stale');
  });

  test('an org policy with which a mailbox would have none is refused', async () => {
    const { store, db } = bed();
    const mailbox = await plain(store);
    const org = { org: mailbox.org, mailbox: null };
    await set(store, org, { oversight: { bcc: 'boss@client.example' } });
    await sql`update mailboxes set policy = '{"oversight":{"exempt":[]}}' where id = ${mailbox.id}`.execute(
      db,
    );
    await expect(set(store, org, {})).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await found(store, org)).policy.oversight?.bcc).toBe('boss@client.example');
  });

  test('what judged an email is found by the digest in its verdict, after it was changed', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { undoSeconds: 5 } });
    const wanted = admission(mailbox);
    const { view } = await store.admit(wanted);
    await set(store, subjectOf(mailbox), { undoSeconds: 9 });
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'review_all' }, 'test');
    const digest = view.verdict?.policyVersion ?? '';
    const document = await store.policyDocument(mailbox.org, digest, null);
    expect(document).toMatchObject({
      digest,
      autonomy: 'auto',
      policy: { ...mailbox.policy, undoSeconds: 5 },
    });
    expect(await store.policyDocument(mailbox.org, digest, [mailbox.id])).toEqual(document);
    for (const [org, mailboxes] of [
      [mailbox.org, ['mbx_other']],
      [mailbox.org, []],
      [newOrg(), null],
    ] as const)
      expect(await store.policyDocument(org, digest, mailboxes)).toBeNull();
    const second = await store.admit(admission(mailbox));
    expect(second.view.verdict?.policyVersion).not.toBe(digest);
  });

  test('what judged is kept also where the first transaction that used it was rolled back', async () => {
    const { store, with: other } = bed();
    const mailbox = await plain(store);
    let fails = true;
    const shaky = other({
      sha256: (text) => {
        // The audit row is the last to be hashed.
        if (fails && typeof text === 'string' && text.includes('"message.admitted"')) throw new Error('gone');
        return text.length.toString(16).padStart(64, '0');
      },
    });
    await expect(shaky.admit(admission(mailbox))).rejects.toThrow('gone');
    fails = false;
    const { view } = await shaky.admit(admission(mailbox));
    const digest = view.verdict?.policyVersion ?? '';
    expect(await store.policyDocument(mailbox.org, digest, null)).toMatchObject({ digest });
  });

  test('an asked loosening is one however often it is asked, and holds once a person approves', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    const change = await asked(store, mailbox);
    expect(await asked(store, mailbox)).toEqual(change);
    expect((await store.mailbox(mailbox.org, mailbox.id))?.policy.limits.hourly).toBe(100);
    const decision = { ...PERSON, org: mailbox.org, id: change.id };
    const approve = { ...decision, action: 'approve' as const, comment: 'fine' };
    const decided = await store.decidePolicyChange(approve);
    expect(decided).toMatchObject({ status: 'approved', decidedBy: 'prn_person', comment: 'fine' });
    expect((await store.mailbox(mailbox.org, mailbox.id))?.policy.limits.hourly).toBe(200);
    expect(await store.decidePolicyChange(approve)).toEqual(decided);
    expect(await store.decidePolicyChange({ ...decision, action: 'reject' })).toBe('decided');
    expect(await store.policyChange(mailbox.org, [mailbox.id], change.id)).toEqual(decided);
    const { items } = await store.policyVersions({ org: mailbox.org, mailboxes: null, limit: 10 });
    expect(items.map(({ by, why }) => [by, why])).toEqual([['prn_person', 'the newsletter']]);
  });

  test('a rejected one changes nothing, and one of what no longer stands is stale for ever', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    const decision = { ...PERSON, org: mailbox.org };
    const first = await asked(store, mailbox);
    expect(await store.decidePolicyChange({ ...decision, id: first.id, action: 'reject' })).toMatchObject({
      status: 'rejected',
    });
    const second = await asked(store, mailbox);
    await set(store, { org: mailbox.org, mailbox: null }, { limits: { hourly: 50 } });
    for (let times = 0; times < 2; times++) {
      const late = await store.decidePolicyChange({ ...decision, id: second.id, action: 'approve' });
      expect(late).toEqual(times === 0 ? expect.objectContaining({ status: 'stale' }) : 'decided');
    }
    expect((await store.mailbox(mailbox.org, mailbox.id))?.policy.limits.hourly).toBe(50);
    const { items } = await store.policyChanges({ org: mailbox.org, mailboxes: null, limit: 10 });
    expect(items.map((one) => one.status).sort()).toEqual(['rejected', 'stale']);
  });

  test('what lies below may change under the same digest: then a loosening that nobody saw is not made', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    const [org, own] = [{ org: mailbox.org, mailbox: null }, subjectOf(mailbox)];
    await set(store, org, { deny: ['rival.example'] });
    await set(store, own, { deny: ['rival.example'] });
    const change = await asked(store, mailbox);
    const { digest: basedOn } = await found(store, own);
    const tightening = { ...own, patch: { limits: { hourly: 9 } }, basedOn, by: 'prn_agent', loosens: [] };
    await set(store, org, {});
    expect((await found(store, own)).digest).toBe(basedOn);
    expect(await store.applyPolicy(tightening)).toBe('stale');
    const decided = { ...PERSON, org: mailbox.org, id: change.id, action: 'approve' as const };
    expect(await store.decidePolicyChange(decided)).toMatchObject({ status: 'stale' });
    expect((await store.mailbox(mailbox.org, mailbox.id))?.policy).toMatchObject({ deny: ['rival.example'] });
    const stricter = { ...tightening, patch: { ...tightening.patch, deny: ['rival.example'] } };
    expect(await store.applyPolicy(stricter)).toMatchObject({ policy: { limits: { hourly: 9 } } });
  });

  test('nobody decides on what they asked for, by whatever key, and others do not see it', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    const { org } = mailbox;
    const parent = await store.createKey({
      ...{ org, hash: `hash ${mailbox.id}`, name: 'agent', mode: 'live', scopes: ['messages:send'] },
      ...{ mailboxes: null, madeBy: null, principal: { kind: 'agent', name: 'an agent' } },
    });
    if (typeof parent === 'string') throw new Error(parent);
    const child = await store.createKey({
      ...{ org, hash: `child ${mailbox.id}`, name: 'person', mode: 'live', scopes: ['policy:admin'] },
      ...{ mailboxes: null, madeBy: parent.id, principal: { kind: 'person', name: 'a person' } },
    });
    if (typeof child === 'string') throw new Error(child);
    const change = await ask(store, mailbox, { by: parent.principal, key: parent.id });
    if (change === null || typeof change === 'string') throw new Error(String(change));
    const decide = (over: object): ReturnType<Store['decidePolicyChange']> =>
      store.decidePolicyChange({ ...PERSON, org, id: change.id, action: 'approve', ...over });
    expect(await decide({ by: parent.principal })).toBe('own');
    expect(await decide({ by: child.principal, key: child.id })).toBe('own');
    expect(await decide({ org: newOrg() })).toBeNull();
    expect(await decide({ mailboxes: ['mbx_other'] })).toBeNull();
    expect(await store.policyChange(org, [], change.id)).toBeNull();
    expect((await store.policyChanges({ org, mailboxes: ['mbx_other'], limit: 9 })).items).toEqual([]);
    expect(await decide({})).toMatchObject({ status: 'approved' });
  });

  test('no more wait than a person reads', async () => {
    const { store } = bed();
    const mailbox = await plain(store);
    for (let i = 0; i < 20; i++)
      expect(await ask(store, mailbox, { why: `reason ${i}` })).toMatchObject({ status: 'pending' });
    expect(await ask(store, mailbox, { why: 'one more' })).toBe('full');
    expect(await ask(store, mailbox, { basedOn: 'another' })).toBe('stale');
  });
}
