/** @module Once, one at a time, seen: duplicates, contact leases, copies for oversight, agents that go round in circles. */
import { expect, test } from 'vitest';
import type { Admission, MailboxRow, Store } from '../../src/store/store.js';
import { admission, claim, content, go, makeMailbox, MINUTE, newOrg, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function oversightContract(bed: Bed): void {
  const denial = async (wanted: Admission): Promise<object | undefined> => {
    const { view } = await bed().store.admit(wanted);
    const check = view.verdict?.checks.find((one) => one.effect !== undefined);
    return check && { rule: check.rule, effect: check.effect, ...check.evidence };
  };

  test('of the same content at once one email goes, and the others name it; later it may go again', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { duplicateMinutes: 10 } });
    const said = content({ to: ['ada@x.example', 'bob@x.example'] });
    const same = (): Admission => admission(mailbox, { content: said });
    const all = await Promise.all(Array.from({ length: 6 }, () => store.admit(same())));
    const queued = all.filter(({ view }) => view.status === 'queued');
    expect([queued.length, all.filter(({ view }) => view.status === 'denied').length]).toEqual([1, 5]);
    const first = queued[0]?.view.id;
    const turned = content({ to: ['Bob@x.example', 'ada@x.example'] });
    expect(await denial(admission(mailbox, { content: turned }))).toEqual({
      ...{ rule: 'duplicate', effect: 'deny', duplicateOf: first },
    });
    expect(
      await denial(admission(mailbox, { content: content({ ...said, subject: 'Other' }) })),
    ).toBeUndefined();
    expect(await denial(admission(mailbox, { content: said, mode: 'test' }))).toBeUndefined();
    clock.advance(11 * MINUTE);
    expect(await denial(same())).toBeUndefined();
  });

  test('what went nowhere is sent again, and an edit is compared by what it says now', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { duplicateMinutes: 10 } });
    const canceled = admission(mailbox);
    await store.admit(canceled);
    await store.decide({ id: canceled.id, action: 'cancel', by: 'prn_person', via: 'door' });
    const next = admission(mailbox);
    expect(await denial(next)).toBeUndefined();
    const { digest = '' } = (await store.view(next.id)) ?? {};
    const edit = { id: next.id, digest, attachments: [], by: 'prn_person' };
    await store.revise({ ...edit, content: content({ subject: 'Edited' }) });
    expect(await denial(admission(mailbox))).toBeUndefined();
    expect(await denial(admission(mailbox, { content: content({ subject: 'Edited' }) }))).toMatchObject({
      duplicateOf: next.id,
    });
  });

  const wanting = (org: string, holder: string, address = 'Ada+tag@x.example') => ({
    ...{ org, mode: 'live' as const, holder, address, minutes: 30 },
  });

  const lease = async (store: Store, org: string, holder: string) => {
    const answer = await store.acquireLease(wanting(org, holder));
    if (answer.result === 'full') throw new Error('it holds too many');
    return answer;
  };

  test('of many who ask for a contact at once one gets it; it ends by itself, and is given back only by its holder', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const asked = await Promise.all(Array.from({ length: 6 }, (_, i) => lease(store, org, `prn_${i}`)));
    const [mine, ...others] = asked.filter((one) => one.result === 'yours');
    if (mine === undefined) throw new Error('nobody got it');
    expect(others).toEqual([]);
    expect(asked.every((one) => one.lease.id === mine.lease.id)).toBe(true);
    const { id, holder } = mine.lease;
    expect(mine.lease).toMatchObject({ address: 'ada@x.example', createdAt: at(0), until: at(30 * MINUTE) });

    clock.advance(10 * MINUTE);
    const named = { org, mode: 'live' as const, id };
    expect(await store.renewLease({ ...named, holder: 'prn_x', minutes: 5 })).toBeNull();
    expect(await store.releaseLease({ ...named, holder: 'prn_x', by: 'prn_x' })).toBe(false);
    expect(await store.renewLease({ ...named, mode: 'test', holder, minutes: 5 })).toBeNull();
    const again = await lease(store, org, holder);
    expect(again.lease).toEqual({ ...mine.lease, until: at(40 * MINUTE) });
    const listed = { org, mode: 'live' as const, limit: 10 };
    expect((await store.leases({ ...listed, holder })).items).toEqual([again.lease]);
    expect((await store.leases({ ...listed, holder: 'prn_x' })).items).toEqual([]);

    clock.advance(30 * MINUTE);
    expect(await store.renewLease({ ...named, holder, minutes: 5 })).toBeNull();
    const next = await lease(store, org, 'prn_x');
    expect(next).toMatchObject({ result: 'yours', lease: { holder: 'prn_x', createdAt: at(40 * MINUTE) } });
    expect(next.lease.id).not.toBe(id);
    expect(await store.releaseLease({ ...named, id: next.lease.id, holder: 'prn_x', by: 'prn_x' })).toBe(
      true,
    );
    expect((await store.acquireLease(wanting(org, holder))).result).toBe('yours');
  });

  test('whom another agent holds is not written to; what was accepted waits for as long', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const to = (changes: Partial<Admission> = {}): Admission =>
      admission(mailbox, { content: content({ to: ['b@x.example', 'ada@x.example'] }), ...changes });
    const accepted = to();
    await store.admit(accepted);
    await store.acquireLease(wanting(org, 'prn_other'));
    const held = { recipients: [1], holder: 'prn_other', until: at(30 * MINUTE) };
    expect(await denial(to())).toEqual({ rule: 'lease_conflict', effect: 'deny', ...held });
    expect(await denial(to({ principal: 'prn_other' }))).toBeUndefined();
    expect(await denial(to({ mode: 'test' }))).toBeUndefined();
    expect(await claim(store, accepted)).toMatchObject({
      view: { status: 'scheduled', waitingFor: { reason: 'lease', until: at(30 * MINUTE) } },
    });
    clock.advance(30 * MINUTE);
    expect((await claim(store, accepted)).answer).toBe('go');
  });

  test('the copy for oversight is in the digest, goes out with it, and is counted for nobody', async () => {
    const { store } = bed();
    const boss = 'boss@sender.example';
    const policy = { oversight: { bcc: boss }, recipients: { perHour: 1 }, allow: ['*@x.example'] };
    const mailbox = await makeMailbox(store, { policy });
    const wanted = admission(mailbox, { content: content({ to: ['a@x.example'] }) });
    await store.admit(wanted);
    const sent = await go(store, wanted);
    expect(sent.recipients.map(({ kind, address }) => [kind, address])).toEqual([
      ['to', 'a@x.example'],
      ['bcc', boss],
    ]);
    const next = admission(mailbox, { content: content({ to: ['b@x.example'] }) });
    const { view } = await store.admit(next);
    expect(view).toMatchObject({ status: 'queued', recipients: [{ index: 0 }, { index: 1 }] });
    const edit = { id: next.id, digest: view.digest, attachments: [], by: 'prn_person' };
    await store.revise({ ...edit, content: content({ to: ['c@x.example'] }) });
    expect((await store.message(mailbox.org, next.id))?.content.bcc).toEqual([{ address: boss }]);
    await go(store, next);
    await store.addSuppression({
      ...{
        org: mailbox.org,
        mode: 'live',
        address: boss,
        scope: 'org',
        reason: 'manual',
        source: 't',
        by: 't',
      },
    });
    const after = admission(mailbox, { content: content({ to: ['d@x.example'] }) });
    expect(await denial(after)).toMatchObject({ rule: 'suppression_check', recipients: [1] });
  });

  const keyOf = async (
    store: Store,
    { org }: MailboxRow,
    of?: { id: string; principal: string },
  ): Promise<{ id: string; principal: string }> => {
    const made = await store.createKey({
      ...{ org, hash: `${org}-loop${of?.id ?? ''}`, name: 'k', mode: 'live', scopes: ['messages:send'] },
      ...{ principal: of === undefined ? { kind: 'agent', name: 'Agent' } : { id: of.principal } },
      ...{ mailboxes: null, madeBy: of?.id ?? null },
    });
    if (typeof made === 'string') throw new Error(made);
    return made;
  };

  test('a key that is denied again and again is paused, and a person hears of it; resumed, it begins anew', async () => {
    const { store, clock } = bed();
    const policy = { deny: ['no@x.example'], loop: { denials: 3, minutes: 5 } };
    const mailbox = await makeMailbox(store, { policy });
    const { org } = mailbox;
    const { id, principal } = await keyOf(store, mailbox);
    const statusOf = async (): Promise<string | undefined> =>
      (await store.key({ org, line: null, id }))?.status;
    const denied = async (times: number, to = 'no@x.example'): Promise<string> => {
      let last = '';
      for (let i = 0; i < times; i++) {
        const wanted = admission(mailbox, { key: id, principal, content: content({ to: [to] }) });
        await store.admit(wanted);
        last = wanted.id;
        clock.advance(1_000);
      }
      return last;
    };
    await denied(2);
    clock.advance(5 * MINUTE);
    await denied(2);
    expect(await statusOf()).toBe('active');
    const last = await denied(1);
    expect(await statusOf()).toBe('paused');
    const trace = await store.trace(org, last);
    expect(trace.at(-1)).toMatchObject({ type: 'key.paused', by: 'policy', data: { key: id } });
    await denied(5, 'yes@x.example');
    await store.switchKey({ org, id, to: 'active', by: 'prn_person' });
    await denied(2);
    expect(await statusOf()).toBe('active');
    await denied(1);
    expect(await statusOf()).toBe('paused');
  });

  test('an agent that makes itself another key for the next emails is paused all the same, with all its keys', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { deny: ['no@x.example'], loop: { denials: 3 } } });
    const { org } = mailbox;
    const root = await keyOf(store, mailbox);
    let last = root;
    for (let i = 0; i < 3; i++) {
      const next = await keyOf(store, mailbox, last);
      expect((await store.key({ org, line: null, id: next.id }))?.status).toBe('active');
      const to = content({ to: ['no@x.example'] });
      await store.admit(admission(mailbox, { key: next.id, principal: root.principal, content: to }));
      last = next;
    }
    for (const { id } of [root, last, await keyOf(store, mailbox, root)])
      expect((await store.key({ org, line: null, id }))?.status).toBe('paused');
  });

  test('nobody holds more than a hundred contacts; those of an agent whose keys are over are free again', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const { id, principal } = await keyOf(store, mailbox);
    for (let i = 0; i < 99; i++) await store.acquireLease(wanting(org, principal, `a${i}@x.example`));
    const both = await Promise.all(
      ['ada@x.example', 'bob@x.example'].map((one) => store.acquireLease(wanting(org, principal, one))),
    );
    expect(both.map(({ result }) => result).sort()).toEqual(['full', 'yours']);
    const [held] = both.flatMap((one) => (one.result === 'yours' ? [one.lease] : []));
    if (held === undefined) throw new Error('nobody got it');
    expect((await store.acquireLease(wanting(org, principal, held.address))).result).toBe('yours');
    const to = (): Admission =>
      admission(mailbox, { content: content({ to: ['a1@x.example', held.address] }) });
    expect(await denial(to())).toMatchObject({ rule: 'lease_conflict', recipients: [0, 1] });
    const all = { org, mode: 'live' as const, holder: null };
    expect((await store.leases({ ...all, limit: 200 })).items).toHaveLength(100);
    expect(await store.releaseLease({ ...all, id: held.id, by: 'prn_admin' })).toBe(true);
    expect(await denial(to())).toMatchObject({ rule: 'lease_conflict', recipients: [0] });
    await store.revokeKey(org, id, 'prn_admin', { keepSuccessor: false });
    expect(await denial(to())).toBeUndefined();
    expect((await store.acquireLease(wanting(org, 'prn_x', 'a1@x.example'))).result).toBe('yours');
  });

  test('a full limit and a pause of the org are no fault of the key', async () => {
    const { store } = bed();
    const policy = { limits: { hourly: 0 }, loop: { denials: 1, minutes: 5 } };
    const mailbox = await makeMailbox(store, { policy });
    const { org } = mailbox;
    const { id, principal } = await keyOf(store, mailbox);
    expect(await denial(admission(mailbox, { key: id, principal }))).toMatchObject({
      rule: 'rate_limit_hourly',
    });
    await store.switchOrg({ org, to: 'paused', by: 'prn_person' });
    await store.admit(admission(mailbox, { key: id, principal }));
    expect((await store.key({ org, line: null, id }))?.status).toBe('active');
  });

  test('what was written after reading untrusted mail is held, where it leaves the thread, until a person looks', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const untrusted = { thread: [{ address: 'Ada@x.example' }] };
    const to = (...list: string[]): Admission =>
      admission(mailbox, { untrusted, content: content({ to: list }) });
    expect(await denial(to('ada@x.example'))).toBeUndefined();
    const held = to('ada@x.example', 'eve@x.example');
    expect(await denial(held)).toEqual({ rule: 'untrusted_input', effect: 'review', recipients: [1] });
    const { digest = '' } = (await store.view(held.id)) ?? {};
    await store.decide({ id: held.id, action: 'approve', digest, by: 'prn_person', via: 'door' });
    expect((await claim(store, held)).answer).toBe('go');
  });
}
