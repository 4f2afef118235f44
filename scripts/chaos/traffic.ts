/** @module The emails of the matrix: each is sent to stand at one point, and known by its number from then on. */
import { createHash } from 'node:crypto';
import { messageIdFor } from '../../src/core/email/id.js';
import { approve } from '../kill/approve.js';
import { sleep, type Chance } from '../kill/chance.js';
import { clientOf } from '../kill/client.js';
import type { Sent } from '../kill/load.js';
import type { Stretch, Victim } from './points.js';
import { addressOf, mailboxOf, RETRIED, type Scene } from './scene.js';

/** Where an email is to come to, and on which way. */
export interface Goal {
  provider: string;
  /** Which of the provider's mailboxes it is from, from 0. */
  slot: number;
  /** The name of a point. */
  point: string;
  victim: Victim | 'reset';
  needs: Stretch['needs'];
}

export interface Email extends Sent, Goal {
  /** Ours, known before it is sent. */
  id: string;
  /** It stood at its point when somebody was killed. */
  wasThere: boolean;
}

export interface Traffic {
  emails: Email[];
  /** Answers that no outage explains. */
  strange: string[];
  /** Makes the next email and begins to send it. */
  send(goal: Goal): Email;
  /** Resolves when every call was answered, or the time is up. */
  finish(ms: number): Promise<void>;
}

/** Milliseconds between two looks whether an email was sent, of which a report is to come. */
const LOOK = 100;

const keyOf = (email: number): string => `chaos-${email}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function startTraffic(scene: Scene, chance: Chance): Promise<Traffic> {
  const { house, fakes } = scene;
  const client = clientOf(house, chance);
  const rows = await house.database.selectFrom('mailboxes').select(['id', 'address']).execute();
  const mailboxes = new Map(rows.map(({ id, address }) => [address, id]));
  const emails: Email[] = [];
  const strange: string[] = [];
  const busy = new Set<Promise<void>>();
  let until = Infinity;
  const patience = (one: Email): { until: () => number; onRepeat: () => void } => ({
    until: () => until,
    onRepeat: () => (one.repeats += 1),
  });

  async function submit(one: Email): Promise<void> {
    const address = encodeURIComponent(mailboxOf(one.provider, one.slot, one.isReviewed));
    const mail = {
      ...{ to: addressOf(one.number), subject: 'chaos', text: 'some lines of text\n'.repeat(20) },
      ...(chance.next() < 0.5 && { category: RETRIED }),
    };
    const key = { 'idempotency-key': keyOf(one.number) };
    const answer = await client.ask(
      () => client.post(house.agentKey, `/v1/mailboxes/${address}/messages`, mail, key),
      patience(one),
    );
    if (answer === null) return;
    if (answer.status >= 300) strange.push(`send ${one.number}: ${answer.status} ${answer.text}`);
    else one.ids.add(String(answer.body['id']));
    const onStrange = (what: string): void => void strange.push(`${one.number}: ${what}`);
    if (one.isReviewed) one.approved = await approve(one.id, { client, house, ...patience(one), onStrange });
    if (one.report === 'delivered') await report(one);
  }

  async function report(one: Email): Promise<void> {
    while (!(await isSent(one.id))) {
      if (Date.now() > until) return;
      await sleep(LOOK);
    }
    const hook = fakes.get(one.provider)?.delivered(addressOf(one.number), one.id);
    if (!hook) return;
    const answer = await client.ask(
      () => client.hook(`/v1/hooks/${one.provider}`, hook.body, hook.headers),
      patience(one),
    );
    if (answer?.status === 200) one.reported = true;
    else if (answer !== null) strange.push(`report ${one.number}: ${answer.status} ${answer.text}`);
  }

  async function isSent(id: string): Promise<boolean> {
    try {
      const found = await house.database
        .selectFrom('messages')
        .select('status')
        .where('id', '=', id)
        .executeTakeFirst();
      return found?.status === 'sent';
    } catch {
      // It is away; it comes again.
      return false;
    }
  }

  return {
    emails,
    strange,
    send(goal) {
      const number = emails.length + 1;
      const isReviewed = goal.needs === 'approval';
      const mailbox = mailboxes.get(mailboxOf(goal.provider, goal.slot, isReviewed)) ?? '';
      const id = messageIdFor('default', mailbox, 'live', keyOf(number), sha256);
      const one: Email = {
        ...{ ...goal, number, id, ids: new Set<string>(), wasThere: false },
        ...{ isReviewed, report: goal.needs === 'report' ? 'delivered' : 'none' },
        ...{ approved: false, reported: false, repeats: 0 },
      };
      emails.push(one);
      scene.name(id, number);
      const job = submit(one)
        .catch((error: unknown) => void strange.push(`${one.number}: ${String(error)}`))
        .finally(() => busy.delete(job));
      busy.add(job);
      return one;
    },
    async finish(ms) {
      until = Date.now() + ms;
      while (busy.size > 0) await Promise.allSettled([...busy]);
    },
  };
}
