/**
 * @module The clients: they send by HTTP with an Idempotency-Key, approve what is held, and report by signed
 * webhook what has arrived; each repeats what got no answer, as a client would.
 */
import { signReports } from '../../src/providers/index.js';
import { sleep, type Chance } from './chance.js';
import { AUTO, REVIEWED, type House } from './house.js';
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

/** Emails under way at once; a load that outages pile up is held back. */
const MOST_AT_ONCE = 30;
const CALL_MS = 12_000;

export function startLoad(house: House, chance: Chance, perSecond: number): Load {
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

  /** Asks again until there is an answer that is one. Null: not within the time. */
  async function ask(one: Sent, request: () => Promise<Response>): Promise<Answer | null> {
    while (Date.now() < until) {
      const answer = await request().then(readAnswer, () => null);
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer;
      one.repeats += 1;
      await sleep(chance.between(200, 1_000));
    }
    return null;
  }
  const call = (key: string, path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${house.api}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_MS),
    });

  async function send(one: Sent): Promise<void> {
    const mailbox = encodeURIComponent(one.isReviewed ? REVIEWED : AUTO);
    const email = { to: `p${one.number}@example.com`, subject: subjectOf(one.number), text: 'hello' };
    const submit = () =>
      ask(one, () =>
        call(house.agentKey, `/v1/mailboxes/${mailbox}/messages`, email, {
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
    if (one.isReviewed) await approve(one);
  }

  async function approve(one: Sent): Promise<void> {
    const [id = ''] = one.ids;
    while (Date.now() < until) {
      const found = await ask(one, () =>
        fetch(`${house.api}/v1/messages/${id}`, {
          headers: { authorization: `Bearer ${house.reviewerKey}` },
          signal: AbortSignal.timeout(CALL_MS),
        }),
      );
      if (found === null) return;
      if (found.status !== 200) strange.push(`get ${one.number}: ${found.status} ${found.text}`);
      if (found.status !== 200 || (found.body['status'] !== 'queued' && found.body['status'] !== 'held'))
        return;
      if (found.body['status'] === 'held') {
        const { digest } = found.body;
        const answer = await ask(one, () =>
          call(house.reviewerKey, `/v1/messages/${id}/decision`, { action: 'approve', digest }),
        );
        // An earlier call, whose answer was lost, may have decided it.
        one.approved = answer?.status === 200 || answer?.body['code'] === 'already_decided';
        if (answer === null || one.approved) return;
        // It is held, and a person who is told something else looks again.
        strange.push(`approve ${one.number}: ${answer.status} ${answer.text}`);
      }
      await sleep(500);
    }
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
      fetch(`${house.api}/v1/hooks/smtp`, {
        method: 'POST',
        headers: signReports(house.webhookSecret, body),
        body,
        signal: AbortSignal.timeout(CALL_MS),
      }),
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

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}
