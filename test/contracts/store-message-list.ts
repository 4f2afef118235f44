/** @module What every backend answers to the filters of the list of messages, page by page. */
import { expect, test } from 'vitest';
import type { MailboxRow, MessageFilter, Store } from '../../src/store/store.js';
import { admission, content, makeMailbox, MINUTE, START } from '../support/store.js';
import type { Bed } from './store.js';

/** Ten emails, a minute apart, named by their place: 0 is the oldest. */
async function ten(bed: Bed): Promise<{ first: MailboxRow; second: MailboxRow; ids: string[] }> {
  const { store, clock } = bed();
  const first = await makeMailbox(store);
  const second = await makeMailbox(store, {
    ...{ org: first.org, address: 'second@sender.example', autonomy: 'review_all' },
  });
  const ids: string[] = [];
  for (let i = 0; i < 10; i++) {
    clock.advance(MINUTE);
    const email = admission(i % 2 === 0 ? first : second, {
      category: i % 3 === 0 ? 'commercial' : 'transactional',
      tags: [...(i < 5 ? ['early'] : []), ...(i % 2 === 0 ? ['even', 'even'] : [])],
      content: content({
        to: [i % 5 === 0 ? 'Grace@reader.example' : 'ada@reader.example'],
        bcc: [`b${i}@x.example`],
      }),
      ...(i === 9 && { sendAt: new Date(START.getTime() + 60 * MINUTE).toISOString() }),
    });
    ids.push((await store.admit(email)).view.id);
  }
  return { first, second, ids };
}

/** Every page, each of two. */
async function walk(store: Store, filter: Omit<MessageFilter, 'limit'>): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | undefined, pages = 0; pages < 20; pages++) {
    const page = await store.messages({ ...filter, limit: 2, ...(cursor !== undefined && { cursor }) });
    seen.push(...page.items.map((one) => one.id));
    if (page.cursor === null) return seen;
    cursor = page.cursor;
  }
  throw new Error('the list does not end');
}

export function messageListContract(bed: Bed): void {
  test('each filter finds its messages, newest first, on every page', async () => {
    const { store } = bed();
    const { first, second, ids } = await ten(bed);
    const at = (minutes: number): string => new Date(START.getTime() + minutes * MINUTE).toISOString();
    const cases: [Partial<MessageFilter>, number[]][] = [
      [{}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
      [{ status: ['held'] }, [9, 7, 5, 3, 1]],
      [{ status: ['held', 'queued', 'held'] }, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
      [{ status: ['sent', 'queued'] }, [8, 6, 4, 2, 0]],
      [{ mailboxes: [first.id] }, [8, 6, 4, 2, 0]],
      [{ mailboxes: [first.id, second.id] }, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
      [{ mailboxes: [first.id, second.id], status: ['held', 'queued'] }, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
      [{ mailboxes: [] }, []],
      [{ category: 'commercial' }, [9, 6, 3, 0]],
      [{ category: 'conversational' }, []],
      [{ tag: 'early' }, [4, 3, 2, 1, 0]],
      [{ tag: 'even' }, [8, 6, 4, 2, 0]],
      [{ tag: 'none' }, []],
      [{ recipient: 'grace@reader.example' }, [5, 0]],
      [{ recipient: 'b7@x.example' }, [7]],
      [{ recipient: 'ada@reader.example', tag: 'early', status: ['held', 'queued'] }, [4, 3, 2, 1]],
      [{ recipient: 'ada@reader.example', mailboxes: [second.id], category: 'commercial' }, [9, 3]],
      [{ tag: 'early', mailboxes: [first.id, second.id], status: ['held'] }, [3, 1]],
      [{ createdAfter: at(4), createdBefore: at(7) }, [5, 4, 3]],
      [{ tag: 'even', createdAfter: at(4) }, [8, 6, 4]],
      [{ recipient: 'ada@reader.example', createdBefore: at(4) }, [2, 1]],
    ];
    for (const [filter, expected] of cases) {
      const found = await walk(store, { org: first.org, mode: 'live', mailboxes: null, ...filter });
      expect([filter, found.map((id) => ids.indexOf(id))]).toEqual([filter, expected]);
      for (const other of [{ org: 'org-stranger' }, { mode: 'test' as const }])
        expect(
          await walk(store, { org: first.org, mode: 'live', mailboxes: null, ...filter, ...other }),
        ).toEqual([]);
    }
  });

  test('after an edit, an email is found by whom it goes to now, in its old place', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    const { view } = await store.admit(admission(mailbox));
    clock.advance(MINUTE);
    const other = await store.admit(admission(mailbox, { content: content({ to: ['new@reader.example'] }) }));
    clock.advance(MINUTE);
    const edit = { content: content({ to: ['new@reader.example'] }), attachments: [], by: 'prn_person' };
    await store.revise({ id: view.id, digest: view.digest, ...edit });
    const to = async (recipient: string): Promise<string[]> =>
      await walk(store, { org: mailbox.org, mode: 'live', mailboxes: null, recipient });
    expect([await to('ada@reader.example'), await to('new@reader.example')]).toEqual([
      [],
      [other.view.id, view.id],
    ]);
  });
}
