/** @module Investigations: taken up, closed once, and nobody else's business. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { InvestigationRow, OneInvestigation, Store } from '../../src/store/store.js';
import { admission, makeMailbox, MINUTE, publishAll, send, sha256 } from '../support/store.js';
import type { Bed } from './store.js';

interface Opened extends OneInvestigation {
  row: InvestigationRow;
  mailbox: string;
}

async function opened(store: Store): Promise<Opened> {
  const mailbox = await makeMailbox(store);
  const wanted = admission(mailbox);
  await store.admit(wanted);
  await send(store, wanted);
  await store.applyReports('smtp', [{ reportId: randomUUID(), type: 'complained', message: wanted.id }]);
  const scope = { org: mailbox.org, mode: 'live' as const, mailboxes: null };
  const { items } = await store.investigations({ ...scope, limit: 10 });
  const [row] = items;
  if (row === undefined) throw new Error('nothing was opened');
  return { ...scope, id: row.id, row, mailbox: mailbox.id };
}

async function person(store: Store, org: string): Promise<string> {
  const key = await store.createKey({
    ...{
      org,
      hash: sha256(randomUUID()),
      name: 'key',
      mode: 'live',
      scopes: [],
      mailboxes: null,
      madeBy: null,
    },
    principal: { kind: 'person', name: `person ${randomUUID()}` },
  });
  if (typeof key === 'string') throw new Error(key);
  return key.principal;
}

const one = ({ org, mode, mailboxes, id }: Opened): OneInvestigation => ({ org, mode, mailboxes, id });

export function investigationContract(bed: Bed): void {
  test('one goes from open to assigned to resolved, each step in the trace of its email', async () => {
    const { store } = bed();
    const it = await opened(store);
    const to = await person(store, it.org);
    expect(it.row).toMatchObject({
      kind: 'complaint',
      status: 'open',
      version: 1,
      reports: 1,
      provider: 'smtp',
    });
    const assigned = await store.assignInvestigation({ ...one(it), to, by: to, version: 1 });
    expect(assigned).toMatchObject({ status: 'assigned', assignee: to, version: 2 });
    const change = { ...one(it), finding: 'A list that nobody asked for.', by: to, version: 2 };
    const resolved = await store.resolveInvestigation(change);
    expect(resolved).toMatchObject({
      status: 'resolved',
      finding: change.finding,
      resolvedBy: to,
      version: 3,
    });
    const trace = await store.trace(it.org, it.row.message);
    const steps = trace.map((entry) => entry.type).filter((type) => type.startsWith('investigation.'));
    expect(steps).toEqual(['investigation.opened', 'investigation.assigned', 'investigation.resolved']);
    expect(JSON.stringify(trace)).not.toContain('nobody asked');
    await publishAll(store);
    const told = await store.publishedAfter({ ...it, after: 0, limit: 100 });
    expect(told.filter((row) => row.investigation === it.id).map((row) => row.type)).toEqual([
      'investigation.opened',
      'investigation.resolved',
    ]);
  });

  test('it is resolved once: the same again changes nothing, another finding is too late', async () => {
    const { store } = bed();
    const it = await opened(store);
    const change = { ...one(it), finding: 'Found.', by: 'prn_ann' };
    const first = await store.resolveInvestigation(change);
    expect(await store.resolveInvestigation(change)).toEqual(first);
    expect(await store.resolveInvestigation({ ...change, finding: 'Another.' })).toBe('resolved');
    expect(await store.resolveInvestigation({ ...change, by: 'prn_bob' })).toBe('resolved');
    const to = await person(store, it.org);
    expect(await store.assignInvestigation({ ...one(it), to, by: to })).toBe('resolved');
  });

  test('of many who resolve it at once, one does', async () => {
    const { store } = bed();
    const it = await opened(store);
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        store.resolveInvestigation({ ...one(it), finding: `Finding ${i}`, by: 'prn_ann', version: 1 }),
      ),
    );
    expect(all.filter((answer) => answer === 'resolved')).toHaveLength(5);
  });

  test('a version that is gone changes nothing, and only a principal of the org is assigned', async () => {
    const { store } = bed();
    const it = await opened(store);
    const to = await person(store, it.org);
    const stranger = await person(store, (await makeMailbox(store)).org);
    expect(await store.assignInvestigation({ ...one(it), to: stranger, by: to })).toBe('nobody');
    await store.assignInvestigation({ ...one(it), to, by: to, version: 1 });
    const late = { ...one(it), by: to, version: 1 };
    expect(await store.assignInvestigation({ ...late, to })).toBe('stale');
    expect(await store.resolveInvestigation({ ...late, finding: 'x' })).toBe('stale');
  });

  test('another org, mode or mailbox does not see it', async () => {
    const { store } = bed();
    const it = await opened(store);
    const scopes = [
      { ...one(it), org: 'org-stranger' },
      { ...one(it), mode: 'test' as const },
      { ...one(it), mailboxes: ['mbx_other'] },
      { ...one(it), mailboxes: [] },
    ];
    for (const scope of scopes) {
      expect(await store.investigation(scope)).toBeNull();
      expect((await store.investigations({ ...scope, limit: 10 })).items).toEqual([]);
      expect(await store.resolveInvestigation({ ...scope, finding: 'x', by: 'x' })).toBeNull();
      expect(await store.assignInvestigation({ ...scope, to: 'x', by: 'x' })).toBeNull();
    }
    expect(await store.investigation({ ...one(it), mailboxes: [it.mailbox] })).toMatchObject({
      status: 'open',
    });
  });

  test('the list is filtered by status and kind, and comes in pages, newest first', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const scope = { org: mailbox.org, mode: 'live' as const, mailboxes: null };
    for (const [type, bounce] of [['complained'], ['bounced', 'block'], ['complained']] as const) {
      clock.advance(MINUTE);
      const wanted = admission(mailbox, {
        content: { ...admission(mailbox).content, to: [{ address: `${randomUUID()}@x.example` }] },
      });
      await store.admit(wanted);
      await send(store, wanted);
      const report = { reportId: randomUUID(), message: wanted.id, type, ...(bounce && { bounce }) };
      await store.applyReports('smtp', [report]);
    }
    const kinds = async (filter: object): Promise<string[]> =>
      (await store.investigations({ ...scope, limit: 10, ...filter })).items.map((row) => row.kind);
    expect(await kinds({})).toEqual(['complaint', 'block', 'complaint']);
    expect(await kinds({ kind: 'block' })).toEqual(['block']);
    expect(await kinds({ status: ['resolved'] })).toEqual([]);
    const first = await store.investigations({ ...scope, limit: 2 });
    const second = await store.investigations({ ...scope, limit: 2, cursor: first.cursor ?? '' });
    expect([first.items.length, second.items.length, second.cursor]).toEqual([2, 1, null]);
  });
}
