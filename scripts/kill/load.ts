/**
 * @module The clients: they send by HTTP with an Idempotency-Key, approve what is held, and report by signed
 * webhook what has arrived; each repeats what got no answer, as a client would.
 */
import { signReports } from '../../src/providers/index.js';
import { approve } from './approve.js';
import { sleep, type Chance } from './chance.js';
import { clientOf, type Answer } from './client.js';
import type { House } from './house.js';
import { subjectOf } from './post-office.js';

/** One email as its sender knows it. */
export interface Sent {
  number: number;
  /** As a 2xx named it. More than one would be two emails for one key. */
  ids: Set<string>;
  isReviewed: boolean;
  /** Which report it gets once it arrived. */
  report: 'none' | 'delivered' | 'bounced';
  /** The answer to its decision, or to its report, was a 2xx. */
  approved: boolean;
  reported: boolean;
  /** Calls that got no 2xx. */
  repeats: number;
}

export interface Load {
  sent: Sent[];
  /** Answers that no outage explains: a 4xx to an honest call. */
  strange: string[];
  arrived(number: number, messageId: string): void;
  /** No new emails; resolves when every call was answered, or the time is up. */
  finish(ms: number): Promise<void>;
}

export const AUTO = 'agent@example.com';
export const REVIEWED = 'reviewed@example.com';

/** Emails under way at once; a load that outages pile up is held back. */
const MOST_AT_ONCE = 30;

export function startLoad(house: House, webhookSecret: string, chance: Chance, perSecond: number): Load {
  const client = clientOf(house, chance);
  const sent: Sent[] = [];
  const strange: string[] = [];
  const busy = new Set<Promise<void>>();
  let sending = 0;
  let isOver = false;
  let until = Infinity;
  const track = (job: Promise<void>): void => {
    const tracked = job.finally(() => busy.delete(tracked));
    busy.add(tracked);
  };

  const ask = (one: Sent, request: () => Promise<Response>): Promise<Answer | null> =>
    client.ask(request, { until: () => until, onRepeat: () => (one.repeats += 1) });

  async function send(one: Sent): Promise<void> {
    const mailbox = encodeURIComponent(one.isReviewed ? REVIEWED : AUTO);
    const email = { to: `p${one.number}@example.com`, subject: subjectOf(one.number), text: 'hello' };
    const submit = () =>
      ask(one, () =>
        client.post(house.agentKey, `/v1/mailboxes/${mailbox}/messages`, email, {
          'idempotency-key': `kill-${one.number}`,
        }),
      );
    // Some clients ask twice although they were answered.
    for (let times = chance.next() < 0.1 ? 2 : 1; times > 0; times--) {
      const answer = await submit();
      if (answer === null) return;
      if (answer.status >= 300) strange.push(`send ${one.number}: ${answer.status} ${answer.text}`);
      else one.ids.add(String(answer.body['id']));
    }
    const [id] = one.ids;
    if (!one.isReviewed || id === undefined) return;
    one.approved = await approve(id, {
      ...{ client, house, until: () => until, onRepeat: () => (one.repeats += 1) },
      onStrange: (what) => strange.push(`${one.number}: ${what}`),
    });
  }

  async function report(one: Sent, messageId: string): Promise<void> {
    await sleep(chance.between(0, 1_500));
    const body = JSON.stringify({
      reports: [
        {
          reportId: `report-${one.number}`,
          type: one.report,
          message: messageId,
          ...(one.report === 'bounced' && { smtpStatus: '5.1.1' }),
        },
      ],
    });
    const answer = await ask(one, () =>
      client.hook('/v1/hooks/smtp', body, signReports(webhookSecret, body)),
    );
    if (answer?.status === 200) one.reported = true;
    else if (answer) strange.push(`report ${one.number}: ${answer.status} ${answer.text}`);
  }

  const pace = (async () => {
    while (!isOver) {
      if (sending < MOST_AT_ONCE) {
        const dice = chance.next();
        const one: Sent = {
          ...{
            number: sent.length + 1,
            ids: new Set<string>(),
            approved: false,
            reported: false,
            repeats: 0,
          },
          isReviewed: chance.next() < 0.15,
          report: dice < 0.3 ? 'delivered' : dice < 0.35 ? 'bounced' : 'none',
        };
        sent.push(one);
        sending += 1;
        track(send(one).finally(() => (sending -= 1)));
      }
      await sleep(1_000 / perSecond);
    }
  })();

  return {
    sent,
    strange,
    arrived(number, messageId) {
      const one = sent[number - 1];
      if (one !== undefined && one.report !== 'none') track(report(one, messageId));
    },
    async finish(ms) {
      isOver = true;
      await pace;
      until = Date.now() + ms;
      while (busy.size > 0) await Promise.allSettled([...busy]);
    },
  };
}
