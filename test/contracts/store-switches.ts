/** @module Kill switches: what is paused is denied at the door, and what was accepted waits until it is resumed. */
import { expect, test } from 'vitest';
import type { KeyRow, MailboxRow, NewKey, Store } from '../../src/store/store.js';
import { admission, claim, HOUR, makeMailbox, MINUTE, publishAll, START } from '../support/store.js';
import type { Bed } from './store.js';

const by = 'prn_person';
const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

async function makeKey(store: Store, { org }: MailboxRow, changes: Partial<NewKey> = {}): Promise<KeyRow> {
  const made = await store.createKey({
    ...{ org, hash: `${org}-${Math.random()}`, name: 'k', principal: { kind: 'agent', name: 'Agent' } },
    ...{ mode: 'live', scopes: ['messages:send'], mailboxes: null, madeBy: null, ...changes },
  });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

/** Pauses and resumes one thing of the org. */
const SWITCHES = {
  tenant_paused: (store: Store, { org }: MailboxRow, _key: KeyRow, to: 'active' | 'paused') =>
    store.switchOrg({ org, to, by }),
  mailbox_active: (store: Store, { org, id }: MailboxRow, _key: KeyRow, to: 'active' | 'paused') =>
    store.updateMailbox(org, id, { status: to }, by),
  key_paused: (store: Store, { org }: MailboxRow, { id }: KeyRow, to: 'active' | 'paused') =>
    store.switchKey({ org, id, to, by }),
} as const;

export function switchContract(bed: Bed): void {
  test('a key that was paused for itself stays so when that with which it was made is resumed', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const root = await makeKey(store, mailbox);
    const made = { madeBy: root.id, principal: { id: root.principal } };
    const [looping, child] = [await makeKey(store, mailbox, made), await makeKey(store, mailbox, made)];
    const flip = (id: string, to: 'active' | 'paused') => store.switchKey({ org, id, to, by });
    await flip(looping.id, 'paused');
    await flip(root.id, 'paused');
    const late = await makeKey(store, mailbox, made);
    await flip(root.id, 'active');
    const statusOf = async ({ id }: KeyRow) => (await store.key({ org, line: null, id }))?.status;
    expect(await Promise.all([root, child, late, looping].map(statusOf))).toEqual([
      ...['active', 'active', 'active', 'paused'],
    ]);
    expect((await flip(looping.id, 'active'))?.status).toBe('active');
  });

  test.each(Object.entries(SWITCHES))(
    '%s: a pause denies new email, holds what was accepted, and lets it go on when it is over',
    async (rule, flip) => {
      const { store, clock } = bed();
      const mailbox = await makeMailbox(store);
      const key = await makeKey(store, mailbox);
      const mail = (changes = {}): ReturnType<typeof admission> =>
        admission(mailbox, { key: key.id, principal: key.principal, ...changes });
      const accepted = mail();
      const late = mail({ expiresAt: at(30 * MINUTE) });
      await store.admit(accepted);
      await store.admit(late);

      await flip(store, mailbox, key, 'paused');
      const { view } = await store.admit(mail());
      expect(view.verdict?.checks.filter((one) => one.status === 'failed')).toEqual([
        { rule, status: 'failed', effect: 'deny', evidence: { status: 'paused' } },
      ]);
      for (const one of [accepted, late])
        expect(await claim(store, one)).toMatchObject({
          ...{
            answer: 'no',
            view: { status: 'scheduled', waitingFor: { reason: 'paused', until: at(HOUR) } },
          },
        });
      clock.advance(HOUR);
      expect((await claim(store, late)).answer).toBe('no');
      expect(await store.view(late.id)).toMatchObject({ status: 'expired' });
      expect(await claim(store, accepted)).toMatchObject({ answer: 'no', view: { stage: 'waiting' } });

      clock.advance(MINUTE);
      await flip(store, mailbox, key, 'active');
      expect(await store.view(accepted.id)).toMatchObject({ stage: 'ready' });
      expect((await claim(store, accepted)).answer).toBe('go');
    },
  );

  test('an org without a row is active; of its pause the outside is told once, and pausing twice changes nothing', async () => {
    const { store, clock } = bed();
    const { org } = await makeMailbox(store);
    expect(await store.org(org)).toEqual({ org, status: 'active', why: null, switchedAt: null });
    const paused = await store.switchOrg({ org, to: 'paused', why: 'nonsense', by });
    expect(paused).toEqual({ org, status: 'paused', why: 'nonsense', switchedAt: at(0) });
    clock.advance(MINUTE);
    expect(await store.switchOrg({ org, to: 'paused', why: 'again', by })).toEqual(paused);
    expect(await store.org(org)).toEqual(paused);
    expect(await store.switchOrg({ org, to: 'active', by })).toMatchObject({ status: 'active', why: null });
    await publishAll(store);
    const scope = { org, mode: 'live', mailboxes: null } as const;
    const events = await store.publishedAfter({ ...scope, after: 0, limit: 100 });
    expect(events.map((one) => one.type)).toEqual(['org.paused']);
  });

  test('pausing a key pauses its line, and a key that a paused one makes is paused', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const key = await makeKey(store, mailbox);
    const child = { principal: { id: key.principal }, madeBy: key.id };
    const before = await makeKey(store, mailbox, child);
    const other = await makeKey(store, mailbox);
    expect(await store.switchKey({ org, id: key.id, to: 'paused', by })).toMatchObject({ status: 'paused' });
    const after = await makeKey(store, mailbox, child);
    const rotated = await store.rotateKey({
      ...{
        org,
        id: key.id,
        hash: `${org}-rotated`,
        overlapMs: 0,
        by: { key: key.id, principal: key.principal },
      },
    });
    const statusOf = async ({ id }: KeyRow): Promise<string | undefined> =>
      (await store.key({ org, line: null, id }))?.status;
    expect(rotated).toMatchObject({ made: { status: 'paused' } });
    expect(await Promise.all([key, before, after, other].map(statusOf))).toEqual([
      ...['paused', 'paused', 'paused', 'active'],
    ]);
    expect(await store.switchKey({ org: 'org-stranger', id: key.id, to: 'active', by })).toBeNull();
    await store.switchKey({ org, id: key.id, to: 'active', by });
    expect(await Promise.all([key, before, after].map(statusOf))).toEqual(['active', 'active', 'active']);
  });

  test('a key is for no category that its maker lacks', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const few = await makeKey(store, mailbox, { categories: ['transactional', 'conversational'] });
    const child = { principal: { id: few.principal }, madeBy: few.id };
    expect(await makeKey(store, mailbox, child)).toMatchObject({ categories: few.categories });
    const one = await makeKey(store, mailbox, { ...child, categories: ['transactional'] });
    expect(one).toMatchObject({ categories: ['transactional'] });
    for (const categories of [null, ['commercial' as const]]) {
      const hash = `${mailbox.org}-${String(categories)}`;
      const wanted = { org: mailbox.org, hash, name: 'k', mode: 'live', scopes: ['messages:send'] } as const;
      const more: NewKey = { ...wanted, scopes: ['messages:send'], mailboxes: null, ...child, categories };
      expect(await store.createKey(more)).toBe('more_categories');
    }
    const { view } = await store.admit(admission(mailbox, { key: one.id, category: 'conversational' }));
    expect(view.verdict?.checks.find((check) => check.effect === 'deny')?.rule).toBe('category_allowed');
  });
}
