/** @module Suppressions that come as a list: what two rows of it about one address make. */
import { expect, test } from 'vitest';
import { HOUR, makeMailbox, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function suppressionContract(bed: Bed): void {
  test('of suppressions in one list each mailbox has its own, and of two expiries the later holds', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const second = await makeMailbox(store, { org: mailbox.org, address: 'second@sender.example' });
    const { org } = mailbox;
    const row = { org, mode: 'live' as const, source: 'import', by: 'prn_a', reason: 'manual' };
    const ofOrg = { ...row, scope: 'org' as const };
    const ofMailbox = { ...row, scope: 'mailbox' as const, address: 'ada@reader.example' };
    const [soon, late] = [at(HOUR), at(2 * HOUR)];
    const added = await store.addSuppressions([
      ...[mailbox, second].map(({ id }) => ({ ...ofMailbox, mailbox: id })),
      { ...ofOrg, address: 'bob@reader.example', expiresAt: soon },
      { ...ofOrg, address: 'bob@reader.example', reason: 'complaint' },
      { ...ofOrg, address: 'eve@reader.example', expiresAt: late },
      { ...ofOrg, address: 'eve@reader.example', expiresAt: soon },
    ]);
    expect(added).toBe(4);
    const { items } = await store.suppressions({ org, mode: 'live', mailboxes: null, limit: 10 });
    const listed = items.map(({ address, mailbox: of, reason, expiresAt }) => [
      ...[address, of, reason, expiresAt],
    ]);
    expect(listed).toHaveLength(4);
    expect(listed).toEqual(
      expect.arrayContaining([
        ['ada@reader.example', mailbox.id, 'manual', null],
        ['ada@reader.example', second.id, 'manual', null],
        ['bob@reader.example', null, 'manual', null],
        ['eve@reader.example', null, 'manual', late],
      ]),
    );
  });
}
