/** @module Decisions: one compare-and-set, closed where anything is missing, wrong, late or one's own. */
import { expect, test } from 'vitest';
import type { Decision, Store } from '../../src/store/store.js';
import { admission, claim, content, go, HOUR, makeMailbox, MINUTE, newOrg, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

async function held(
  store: Store,
  changes: Parameters<typeof admission>[1] = {},
  mailboxChanges: Parameters<typeof makeMailbox>[1] = {},
): Promise<{ wanted: ReturnType<typeof admission>; digest: string; org: string; mailbox: string }> {
  const mailbox = await makeMailbox(store, { autonomy: 'review_all', ...mailboxChanges });
  const wanted = admission(mailbox, changes);
  const { view } = await store.admit(wanted);
  return { wanted, digest: view.digest, org: mailbox.org, mailbox: mailbox.id };
}

const byDoor = (id: string, changes: Partial<Decision> = {}): Decision => ({
  ...{ id, action: 'approve', by: 'prn_person', via: 'door', key: 'key_person' },
  ...changes,
});

export function decisionContract(bed: Bed): void {
  test('an approval of the current digest releases the email, and the claim accepts it', async () => {
    const { store } = bed();
    const { wanted, digest } = await held(store);
    const decided = await store.decide(byDoor(wanted.id, { digest, comment: 'fine' }));
    expect(decided).toMatchObject({ result: 'applied', view: { status: 'queued', stage: 'ready' } });
    expect(await go(store, wanted)).toMatchObject({ answer: 'go', digest });
    const detail = await store.message(wanted.org, wanted.id);
    expect(detail?.decisions).toMatchObject([
      { action: 'approve', by: 'prn_person', digest, comment: 'fine' },
    ]);
  });

  test('an approved email with a time to come waits for it', async () => {
    const { store } = bed();
    const { wanted, digest } = await held(store, { sendAt: at(HOUR) });
    const { view } = await store.decide(byDoor(wanted.id, { digest }));
    expect(view).toMatchObject({ status: 'scheduled', waitingFor: { reason: 'send_at', until: at(HOUR) } });
  });

  test('a rejection closes the email', async () => {
    const { store } = bed();
    const { wanted, digest } = await held(store);
    const { view } = await store.decide(byDoor(wanted.id, { action: 'reject', digest }));
    expect(view).toMatchObject({ status: 'rejected', stage: 'closed' });
    expect((await claim(store, wanted)).answer).toBe('no');
  });

  test('the first decision wins, and the second is told so', async () => {
    const { store } = bed();
    const { wanted, digest } = await held(store);
    await store.decide(byDoor(wanted.id, { action: 'reject', digest }));
    const second = await store.decide(byDoor(wanted.id, { digest, by: 'prn_second' }));
    expect(second).toMatchObject({ result: 'already_decided', view: { status: 'rejected' } });
  });

  test('a decision on another digest, or from a door without one, does not count', async () => {
    const { store } = bed();
    const { wanted } = await held(store);
    for (const digest of ['0'.repeat(64), undefined])
      expect(await store.decide(byDoor(wanted.id, { digest }))).toMatchObject({
        ...{ result: 'digest_mismatch', view: { status: 'held' } },
      });
    const signed = await store.decide(byDoor(wanted.id, { via: 'signed' }));
    expect(signed.result).toBe('digest_mismatch');
  });

  test('a signal without a digest counts at revision 1 and not after an edit', async () => {
    const { store } = bed();
    const first = await held(store);
    const signal = { action: 'approve' as const, by: 'ada', via: 'signal' as const };
    expect((await store.decide({ id: first.wanted.id, ...signal })).result).toBe('applied');
    const second = await held(store);
    await store.revise({
      ...{ id: second.wanted.id, digest: second.digest, content: content({ subject: 'Edited' }) },
      ...{ attachments: [], by: 'prn_person' },
    });
    const ignored = await store.decide({ id: second.wanted.id, ...signal });
    expect(ignored).toMatchObject({ result: 'digest_mismatch', view: { status: 'held', revision: 2 } });
  });

  test('nobody approves or rejects an email of their own: by name, principal, key or its lineage', async () => {
    const { store } = bed();
    const org = newOrg();
    const key = async (name: string, principal: object, madeBy: string | null) => {
      const made = await store.createKey({
        ...{
          org,
          hash: `${org}-${name}`,
          name,
          mode: 'live',
          scopes: ['messages:read'],
          mailboxes: null,
          madeBy,
        },
        principal: principal as { id: string },
      });
      if (typeof made === 'string') throw new Error(made);
      return made;
    };
    const agent = await key('agent', { kind: 'agent', name: 'Robo Writer' }, null);
    const sibling = await key('sibling', { id: agent.principal }, null);
    const child = await key('child', { kind: 'person', name: 'Puppet' }, agent.id);
    const grandchild = await key('grandchild', { kind: 'person', name: 'Puppet 2' }, child.id);
    const ofSibling = await key('of-sibling', { kind: 'person', name: 'Puppet 3' }, sibling.id);
    const stranger = await key('stranger', { kind: 'person', name: 'Ada' }, null);
    const { wanted, digest } = await held(store, { principal: agent.principal, key: agent.id }, { org });
    const own: Partial<Decision>[] = [
      { by: agent.principal, key: undefined },
      { by: ' ROBO writer ', key: undefined },
      { key: agent.id },
      { key: sibling.id },
      { key: child.id },
      { key: grandchild.id },
      { key: ofSibling.id },
    ];
    for (const changes of own)
      for (const action of ['approve', 'reject'] as const)
        expect(await store.decide(byDoor(wanted.id, { digest, action, ...changes }))).toMatchObject({
          ...{ result: 'own_decision', view: { status: 'held' } },
        });
    const other = await store.decide(byDoor(wanted.id, { digest, by: stranger.principal, key: stranger.id }));
    expect(other.result).toBe('applied');
  });

  test('whoever wrote what is decided on is its sender too, unless that is a person', async () => {
    const { store } = bed();
    const org = newOrg();
    const key = async (name: string, kind: 'agent' | 'person', madeBy: string | null = null) => {
      const common = { org, hash: `${org}-${name}`, name, mode: 'live' as const, mailboxes: null, madeBy };
      const one = await store.createKey({ ...common, scopes: ['messages:read'], principal: { kind, name } });
      if (typeof one === 'string') throw new Error(one);
      return one;
    };
    const [author, editor] = [await key('author', 'agent'), await key('editor', 'agent')];
    const [person, puppet] = [await key('person', 'person'), await key('puppet', 'person', editor.id)];
    const { wanted, digest } = await held(store, { principal: author.principal, key: author.id }, { org });
    const edit = async (from: string, text: string, by: string): Promise<string> => {
      const change = { id: wanted.id, digest: from, attachments: [], by };
      const { result, view } = await store.revise({ ...change, content: content({ text }) });
      expect([result, view.status]).toEqual(['applied', 'held']);
      return view.digest;
    };
    const second = await edit(digest, 'By an agent', editor.principal);
    for (const own of [
      { by: editor.principal, key: undefined },
      { by: ' EDITOR', key: undefined },
      { by: puppet.principal, key: puppet.id },
      { by: author.principal, key: author.id },
    ])
      expect((await store.decide(byDoor(wanted.id, { digest: second, ...own }))).result).toBe('own_decision');
    const third = await edit(second, 'By a person', person.principal);
    const decided = byDoor(wanted.id, { digest: third, by: person.principal, key: person.id });
    expect((await store.decide(decided)).result).toBe('applied');
  });

  test('the deadline expires the email, not before its time, and no later yes releases it', async () => {
    const { store, clock } = bed();
    const { wanted, digest } = await held(store);
    const expire: Decision = { id: wanted.id, action: 'expire', by: 'deadline', via: 'deadline' };
    expect((await store.decide(expire)).result).toBe('not_held');
    // Nothing was decided, so the trace has nothing of it.
    expect((await store.trace(wanted.org, wanted.id)).map((one) => one.type)).not.toContain(
      'decision.ignored',
    );
    clock.advance(24 * HOUR);
    expect(await store.decide(byDoor(wanted.id, { digest }))).toMatchObject({
      ...{ result: 'too_late', view: { status: 'held' } },
    });
    expect(await store.decide(expire)).toMatchObject({ result: 'applied', view: { status: 'expired' } });
    expect(await store.decide(byDoor(wanted.id, { digest }))).toMatchObject({ result: 'already_decided' });
  });

  test('a decision on what is not held does nothing and says why', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const queued = admission(mailbox);
    const { view } = await store.admit(queued);
    expect(await store.decide(byDoor(queued.id, { digest: view.digest }))).toMatchObject({
      result: 'not_held',
    });
    await go(store, queued);
    expect(await store.decide(byDoor(queued.id, { digest: view.digest }))).toMatchObject({
      result: 'too_late',
    });
  });

  test('cancel keeps its word: until the claim, and not after it', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const early = admission(mailbox);
    const late = admission(mailbox);
    for (const one of [early, late]) await store.admit(one);
    const cancel = (id: string): Promise<unknown> => store.decide(byDoor(id, { action: 'cancel' }));
    expect(await cancel(early.id)).toMatchObject({
      result: 'applied',
      view: { status: 'canceled', stage: 'closed' },
    });
    expect((await claim(store, early)).answer).toBe('no');
    await go(store, late);
    expect(await cancel(late.id)).toMatchObject({ result: 'too_late', view: { status: 'sending' } });
  });

  test('a finding that the approval did not display holds the email again', async () => {
    const { store } = bed();
    const { wanted, digest, org, mailbox } = await held(store, {}, { autonomy: 'first_contact' });
    await store.decide(byDoor(wanted.id, { digest }));
    await store.updateMailbox(org, mailbox, { autonomy: 'review_all' }, 'test');
    const answer = await claim(store, wanted);
    expect(answer).toMatchObject({ answer: 'no', view: { status: 'held', revision: 1 } });
    expect((await store.decide(byDoor(wanted.id, { digest }))).result).toBe('applied');
    expect((await claim(store, wanted)).answer).toBe('go');
  });

  test('meeting one of the strangers since is no new finding', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'first_contact' });
    const both = admission(mailbox, { content: content({ to: ['a@x.example', 'b@x.example'] }) });
    const one = admission(mailbox, { content: content({ to: ['a@x.example'] }) });
    for (const wanted of [both, one]) {
      const { view } = await store.admit(wanted);
      await store.decide(byDoor(wanted.id, { digest: view.digest }));
    }
    const { attempt, try: number } = await go(store, one);
    await store.recordReceipt({
      ...{ id: one.id, run: one.run, attempt, try: number, provider: 'smtp' },
      receipt: { recipients: [{ index: 0, outcome: 'accepted' }] },
      reports: [{ reportId: one.id, type: 'delivered', message: one.id }],
    });
    expect((await claim(store, both)).answer).toBe('go');
  });

  test('approval satisfies review, never a denial that came since', async () => {
    const { store } = bed();
    const { wanted, digest, org } = await held(store);
    await store.decide(byDoor(wanted.id, { digest }));
    await store.addSuppression({
      ...{ org, mode: 'live', address: 'ada@reader.example', scope: 'org' },
      ...{ reason: 'manual', source: 'person', by: 'test' },
    });
    expect(await claim(store, wanted)).toMatchObject({
      answer: 'no',
      view: { status: 'denied', stage: 'closed' },
    });
  });

  test('applied and ignored decisions are in the trace', async () => {
    const { store } = bed();
    const { wanted, digest, org } = await held(store);
    await store.decide(byDoor(wanted.id, { digest: 'wrong' }));
    await store.decide(byDoor(wanted.id, { digest, action: 'reject' }));
    const trace = await store.trace(org, wanted.id);
    expect(trace.map((one) => one.type)).toEqual([
      ...['message.admitted', 'message.held', 'decision.ignored', 'message.rejected'],
    ]);
    expect(trace[2]?.data).toMatchObject({ action: 'approve', result: 'digest_mismatch' });
  });

  test('a decision on a message that does not exist is a problem', async () => {
    await expect(bed().store.decide(byDoor('msg_none', { digest: 'x' }))).rejects.toMatchObject({
      ...{ code: 'not_found' },
    });
  });

  test('a name with a NUL or half a surrogate pair in it is recorded, not a crash', async () => {
    const { store } = bed();
    for (const bad of ['\0', '\ud800']) {
      const { wanted, digest } = await held(store);
      const odd = byDoor(wanted.id, { digest, by: `a${bad}b`, comment: bad, key: undefined, via: 'signal' });
      expect((await store.decide(odd)).result).toBe('applied');
      expect((await store.trace(wanted.org, wanted.id)).at(-1)?.by).toBe('a\ufffdb');
    }
  });

  test('expiry reaches mail that waits, by whatever time is over first', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, { sendAt: at(HOUR), expiresAt: at(MINUTE) });
    await store.admit(wanted);
    clock.advance(MINUTE);
    const expire: Decision = { id: wanted.id, action: 'expire', by: 'deadline', via: 'deadline' };
    expect(await store.decide(expire)).toMatchObject({ result: 'applied', view: { status: 'expired' } });
  });
}
