/** @module Decisions that meet the admission, the deadline or an edit. One wins, and the workflow follows the store. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { contentSchema, type EmailContent } from '../../src/core/email/request.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { gate } from '../support/gate.js';
import { verifies } from '../support/requirements.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({
    carriers: [relay],
    mailbox: { autonomy: 'review_all' },
    config: { feedback: { window: '0s' } },
  });
});
afterAll(() => warden.stop());

const mail = (more: object = {}): object => ({
  to: 'ann@example.com',
  subject: 'as it was',
  text: randomUUID(),
  ...more,
});
const wire = ({ handle }: Held): string[] =>
  relay.sent.filter((one) => one.id === handle.workflowId).map((one) => one.subject);
const content = (parts: object = {}): EmailContent =>
  contentSchema.parse({ to: 'ann@example.com', subject: 'edited', text: 'other', ...parts });

interface Held {
  handle: Handle;
  digest: string;
}
async function held(more: object = {}): Promise<Held> {
  const { handle, answer } = await warden.submit(mail(more));
  expect(answer.view?.status).toBe('held');
  return { handle, digest: answer.view?.digest ?? '' };
}
const approve = ({ handle, digest }: Held): Promise<string> =>
  warden.update(handle, 'decide', { action: 'approve', digest });
/** Where the workflow has ended meanwhile, that is the answer; a door asks the store what it means. */
const revise = ({ handle, digest }: Held, parts: object = {}): Promise<string> =>
  warden
    .update(handle, 'revise', { digest, content: content(parts), by: 'prn_editor' })
    .catch(() => 'workflow over');

verifies(
  'approval:fail-closed/races',
  "a decision's activity that takes 12 s across the deadline: one winner, who decided is told, the workflow follows",
  async () => {
    const mailbox = await warden.store.createMailbox(
      {
        ...{ org: 'default', address: 'slow@example.com', directStart: true },
        policy: { approvalMinutes: 0.1 },
      },
      'test',
    );
    if (mailbox === 'exists') throw new Error();
    const [late, unheard, dead] = await Promise.all([1, 2, 3].map(() => held({ mailbox: mailbox.id })));
    if (!late || !unheard || !dead) throw new Error();
    const hang = gate();
    const { decide } = warden.store;
    warden.store.decide = async (decision) => {
      const { id, action } = decision;
      // The database takes no decision of this person, or none at all; or it takes it and does not answer.
      const before = id === dead.handle.workflowId || (id === late.handle.workflowId && action === 'approve');
      if (before) await hang.arrive();
      const decided = await decide(decision);
      if (id === unheard.handle.workflowId && action === 'approve') await hang.arrive();
      return decided;
    };
    const twelveSeconds = new Promise((resolve) => setTimeout(resolve, 12_000));
    const answers = Promise.all([late, unheard, dead].map(approve));
    await warden.until(late.handle.workflowId, 'expired');
    await warden.until(unheard.handle.workflowId, 'sent');
    await twelveSeconds;
    expect((await warden.store.view(dead.handle.workflowId))?.status).toBe('held');
    hang.open();
    const [asked, applied, together] = await answers;
    // Each is told that a decision stands; the last one met the deadline at the very same moment.
    expect([asked, applied]).toEqual(['already_decided', 'already_decided']);
    expect(['already_decided', 'too_late']).toContain(together);
    warden.store.decide = decide;
    expect(await late.handle.result()).toMatchObject({ status: 'expired' });
    expect(await unheard.handle.result()).toMatchObject({ status: 'sent' });
    expect(await dead.handle.result()).toMatchObject({ status: 'expired' });
    expect([late, unheard, dead].map((one) => wire(one).length)).toEqual([0, 1, 0]);
  },
  60_000,
);

verifies(
  'approval:fail-closed/races',
  'approve before hold: it waits for the admission, and counts only for the digest that it names',
  async () => {
    const { admit } = warden.store;
    const ends = { right: ['applied', 'sent', 1], wrong: ['digest_mismatch', 'held', 0] } as const;
    for (const [names, [result, status, sent]] of Object.entries(ends)) {
      const answered = gate();
      warden.store.admit = async (admission) => {
        const admitted = await admit(admission);
        await answered.arrive();
        return admitted;
      };
      const handle = await warden.start(mail());
      await expect.poll(answered.arrived, SOON).toBeGreaterThan(0);
      const view = await warden.store.view(handle.workflowId);
      expect(view?.status).toBe('held');
      const early = { handle, digest: names === 'right' ? (view?.digest ?? '') : 'another' };
      const decided = approve(early);
      answered.open();
      warden.store.admit = admit;
      expect(await decided).toBe(result);
      await warden.until(handle.workflowId, status);
      expect(wire(early)).toHaveLength(sent);
      await handle.cancel();
    }
  },
);

verifies(
  'approval:fail-closed/races',
  'approve during an edit: whoever is first, what was approved goes out as it was, or nothing goes',
  async () => {
    const orders = ['edit first', 'approval first'] as const;
    const rounds = Array.from({ length: 12 }, (_, i) => orders[i % 2]);
    const ends = await Promise.all(
      rounds.map(async (order) => {
        const email = await held();
        const edit = (): Promise<string> => revise(email);
        const yes = (): Promise<string> => approve(email);
        const [first, second] = order === 'edit first' ? [edit(), yes()] : [yes(), edit()];
        const answers = await Promise.all([first, second]);
        const [edited, approved] = order === 'edit first' ? answers : answers.reverse();
        return { email, edited, approved };
      }),
    );
    for (const { email, edited, approved } of ends) {
      const { handle } = email;
      if (edited !== 'applied') {
        expect([approved, ['too_late', 'workflow over'].includes(edited ?? '')]).toEqual(['applied', true]);
        await warden.until(handle.workflowId, 'sent');
        expect(wire(email)).toEqual(['as it was']);
        continue;
      }
      // Applied before the edit, it is void; after it, it named another digest.
      expect(['applied', 'digest_mismatch']).toContain(approved);
      const view = await warden.store.view(handle.workflowId);
      expect(view).toMatchObject({ status: 'held', revision: 2 });
      await expect.poll(() => handle.query('status'), SOON).toMatchObject({ status: 'held' });
      expect(wire(email)).toEqual([]);
      await warden.signal(handle, 'approve', { by: 'alice', digest: view?.digest ?? '' });
      await warden.until(handle.workflowId, 'sent');
      expect(wire(email)).toEqual(['edited']);
    }
  },
);

verifies(
  'approval:fail-closed/races',
  'an edit whose judgement is deny ends the email, and no approval, old or new, brings it back',
  async () => {
    const to = `never-${randomUUID()}@example.com`;
    await warden.store.addSuppression({
      ...{ org: 'default', mode: 'live', address: to, scope: 'org' },
      ...{ reason: 'manual', source: 'test', by: 'test' },
    });
    for (const order of ['edit first', 'together'] as const) {
      const email = await held();
      const { handle, digest } = email;
      const edit = revise(email, { to });
      if (order === 'edit first') await edit;
      // What a door asks of an ended workflow is answered by the store.
      await approve(email).catch(() => undefined);
      if ((await edit) !== 'applied') continue;
      expect(await handle.result()).toMatchObject({ status: 'denied' });
      const view = await warden.store.view(handle.workflowId);
      expect(view).toMatchObject({ status: 'denied', revision: 2, verdict: { outcome: 'deny' } });
      for (const one of [digest, view?.digest])
        expect(
          await warden.store.decide({
            ...{ id: handle.workflowId, action: 'approve', digest: one, by: 'alice', via: 'door' },
          }),
        ).toMatchObject({ view: { status: 'denied' } });
      expect(wire(email)).toEqual([]);
    }
  },
);
