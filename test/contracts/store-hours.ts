/** @module Hours and young approvals at the claim: what was allowed by day waits, when it goes by night. */
import { expect, test } from 'vitest';
import { admission, claim, go, HOUR, makeMailbox, MINUTE, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
/** START is Monday at 10:00 UTC. */
const OFFICE = { allowed: [{ from: '09:00', until: '17:00' }] };

async function approved(bed: Bed, policy: Parameters<typeof makeMailbox>[1], approvedAt: number) {
  const { store, clock } = bed();
  const mailbox = await makeMailbox(store, { autonomy: 'review_all', ...policy });
  const wanted = admission(mailbox);
  const { view } = await store.admit(wanted);
  clock.set(at(approvedAt));
  await store.decide({
    ...{ id: wanted.id, action: 'approve', by: 'prn_person', via: 'door', key: 'key_person' },
    digest: view.digest,
  });
  return { store, clock, wanted };
}

export function hoursContract(bed: Bed): void {
  test('an email that is approved at night waits for the hours, and goes in them', async () => {
    const { store, clock, wanted } = await approved(bed, { policy: { hours: OFFICE } }, 12 * HOUR);
    const waits = { reason: 'hours', until: at(23 * HOUR) };
    expect(await claim(store, wanted)).toMatchObject({
      answer: 'no',
      view: { status: 'scheduled', waitingFor: waits },
    });
    clock.set(at(23 * HOUR));
    expect(await go(store, wanted)).toMatchObject({ answer: 'go' });
  });

  test('a time that was set in the hours is kept, and one outside of them moves to their opening', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { hours: OFFICE } });
    const waitingFor = async (ms: number) =>
      (await store.admit(admission(mailbox, { sendAt: at(ms) }))).view.waitingFor;
    expect(await waitingFor(3 * HOUR)).toEqual({ reason: 'send_at', until: at(3 * HOUR) });
    expect(await waitingFor(8 * HOUR)).toEqual({ reason: 'hours', until: at(23 * HOUR) });
  });

  test('an approval must be as old as the policy says before the email goes', async () => {
    const policy = { policy: { approvalAgeMinutes: 10 } };
    const { store, clock, wanted } = await approved(bed, policy, HOUR);
    const until = at(HOUR + 10 * MINUTE);
    expect((await claim(store, wanted)) as object).toMatchObject({
      answer: 'no',
      view: { status: 'scheduled', waitingFor: { reason: 'undo', until } },
    });
    clock.set(until);
    expect(await go(store, wanted)).toMatchObject({ answer: 'go' });
  });

  test('nobody waits for the undo window of an email that a person has approved', async () => {
    const { store, wanted } = await approved(bed, { policy: { undoSeconds: 3600 } }, MINUTE);
    expect(await go(store, wanted)).toMatchObject({ answer: 'go' });
  });
}
