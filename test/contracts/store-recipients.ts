/** @module What the org's history and DNS say of recipients: loaded, judged, and given up in time. */
import { expect, test } from 'vitest';
import type { MailboxRow, Store } from '../../src/store/store.js';
import { admission, claim, content, HOUR, makeMailbox, MINUTE, send } from '../support/store.js';
import type { Bed } from './store.js';

export function recipientContract(bed: Bed): void {
  const checkOf = async (mailbox: MailboxRow, rule: string, to = ['Ada+tag@reader.example']) => {
    const { view } = await bed().store.admit(admission(mailbox, { content: content({ to }) }));
    const { status, evidence } = view.verdict?.checks.find((one) => one.rule === rule) ?? {};
    return { status, ...evidence };
  };
  const bounced = async (store: Store, mailbox: MailboxRow): Promise<void> => {
    const wanted = admission(mailbox);
    await store.admit(wanted);
    await send(store, wanted);
    const report = { reportId: `bounce of ${wanted.id}`, type: 'bounced', bounce: 'hard' } as const;
    const [applied] = await store.applyReports('smtp', [{ ...report, message: wanted.id }]);
    expect(applied?.result).toBe('applied');
  };
  const release = async (store: Store, { org }: MailboxRow): Promise<void> => {
    const scope = { org, mode: 'live', mailboxes: null } as const;
    const { items } = await store.suppressions({ ...scope, limit: 10 });
    for (const { id } of items) await store.removeSuppression({ ...scope, id, by: 'prn_person' });
  };

  test('a hard bounce stops the next email, until a person removes the suppression, and the next bounce again', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    expect(await checkOf(mailbox, 'hard_bounced')).toEqual({ status: 'passed' });
    await bounced(store, mailbox);
    expect(await checkOf(mailbox, 'hard_bounced', ['bob@reader.example', 'Ada+tag@reader.example'])).toEqual({
      status: 'failed',
      recipients: [1],
    });
    clock.advance(HOUR);
    await release(store, mailbox);
    expect(await checkOf(mailbox, 'hard_bounced')).toEqual({ status: 'passed' });
    clock.advance(MINUTE);
    await bounced(store, mailbox);
    expect(await checkOf(mailbox, 'hard_bounced')).toMatchObject({ status: 'failed' });
  });

  test('a hard bounce counts where the suppression list is off, and not in another org', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { modes: { suppression_check: 'off' } } });
    await bounced(store, mailbox);
    expect((await store.admit(admission(mailbox))).view.status).toBe('denied');
    expect(await checkOf(await makeMailbox(store), 'hard_bounced')).toEqual({ status: 'passed' });
  });

  test('a domain that takes no mail is denied at admission and after an edit; nobody asks at the claim', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { modes: { recipient_domain: 'enforce' } } });
    const gone = { 'reader.example': 'no_domain' } as const;
    expect((await store.admit(admission(mailbox, { hosts: gone }))).view).toMatchObject({ status: 'denied' });
    const wanted = admission(mailbox, { hosts: { 'reader.example': 'no_answer' } });
    const { view } = await store.admit(wanted);
    expect(view.verdict?.checks).toContainEqual({
      ...{ rule: 'recipient_domain', status: 'passed', evidence: { unknown: true, recipients: [0] } },
    });
    const edit = { id: wanted.id, digest: view.digest, content: content({ subject: 'Edited' }) };
    const edited = await store.revise({ ...edit, attachments: [], by: 'prn_person', hosts: gone });
    expect(edited).toMatchObject({ result: 'applied', view: { status: 'denied' } });

    const other = admission(mailbox, { hosts: { 'reader.example': 'accepts' } });
    await store.admit(other);
    expect((await claim(store, other)).answer).toBe('go');
  });
}
