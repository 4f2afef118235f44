/** @module Opposite decisions at the same moment, by every pair of ways in: one wins, and both are told which. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Door, type Key } from '../support/door.js';
import { verifies } from '../support/requirements.js';
import type { TestStore } from '../support/store.js';
import { startWarden, type Handle, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
let door: Door;
let reviewers: Key[];
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { feedback: { window: '0s' } } });
  const clock = (): Date => new Date();
  door = await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { autonomy: 'review_all' },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ring: warden.ring,
      clock,
      deadlines: { update: 20_000 },
    },
  });
  const another = await door.key(['messages:read', 'approvals:decide'], { kind: 'person' });
  reviewers = [door.reviewer, another];
});
afterAll(() => warden.stop());

type Action = 'approve' | 'reject';
interface Email {
  id: string;
  digest: string;
}
const wire = ({ id }: Email): number => relay.sent.filter((one) => one.id === id).length;
const handleOf = ({ id }: Email): Handle => warden.temporal.client.workflow.getHandle(id);

async function held(): Promise<Email> {
  const body = { to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' };
  const answer = await door.ask('POST', '/v1/messages', { body });
  expect([answer.status, answer.body.status]).toEqual([202, 'held']);
  return answer.body;
}

/** Decides, and answers whether this one won; null where it is not told to its sender, but in the trace. */
type Way = (email: Email, action: Action, who: number) => Promise<boolean | null>;

const update: Way = async ({ id, digest }, action, who) => {
  const { status, body } = await door.ask('POST', `/v1/messages/${id}/decision`, {
    ...{ key: reviewers[who]?.apiKey ?? '', body: { action, digest } },
  });
  if (status === 200) return true;
  expect([status, body.code]).toEqual([409, 'already_decided']);
  return false;
};
const signal: Way = async (email, action, who) => {
  try {
    await handleOf(email).signal(action, { by: `person ${who}`, digest: email.digest });
    return null;
  } catch {
    // The workflow has ended by the other one's word, and its sender is told that.
    return false;
  }
};

const ROUNDS = 8;

/** Both at once in each round, and each of the two goes off first in half of them. */
async function race(ways: [Way, Way]): Promise<void> {
  const emails = await Promise.all(Array.from({ length: ROUNDS }, held));
  await Promise.all(
    emails.map(async (email, round) => {
      const actions: [Action, Action] = round % 2 === 0 ? ['approve', 'reject'] : ['reject', 'approve'];
      const answers = await Promise.all(ways.map((way, i) => way(email, actions[i] ?? 'approve', i)));
      const { status } = await handleOf(email).result();
      const won: Action = status === 'rejected' ? 'reject' : 'approve';
      expect(status).toBe(won === 'approve' ? 'sent' : 'rejected');
      expect(wire(email)).toBe(won === 'approve' ? 1 : 0);

      const detail = await warden.store.message(door.org, email.id);
      expect(detail?.decisions.map((one) => one.action)).toEqual([won]);
      const ignored = (await warden.store.trace(door.org, email.id)).filter(
        (one) => one.type === 'decision.ignored',
      );
      for (const [i, answer] of answers.entries()) {
        const action = actions[i];
        if (answer === null)
          expect(action === won || ignored.some((one) => one.data['action'] === action)).toBe(true);
        else expect(answer).toBe(action === won);
      }
    }),
  );
}

verifies(
  'approval:fail-closed/races',
  'opposite decisions at once, by two doors: exactly one wins, and both are told',
  () => race([update, update]),
  60_000,
);

verifies(
  'approval:fail-closed/races',
  'opposite decisions at once, by two signals: exactly one wins, and the other is recorded as ignored',
  () => race([signal, signal]),
  60_000,
);

verifies(
  'approval:fail-closed/races',
  'opposite decisions at once, by a door and a signal: exactly one wins, and both are told',
  () => race([update, signal]),
  60_000,
);
