/**
 * @module The SMTP server at the end of the way. It writes down what it takes before it answers, and takes
 * its time on both sides of that, so that kills hit conversations.
 */
import { startSmtpServer } from '../../test/support/smtp.js';
import { sleep, type Chance } from './chance.js';

/** How often each email arrived, by its number in the load, and under which of our ids. */
export type Ledger = Map<number, { times: number; ids: Set<string> }>;

export interface PostOffice {
  port: number;
  ledger: Ledger;
  stop(): Promise<void>;
}

/** The email's number in the load, as it stands in its subject. */
export const subjectOf = (number: number): string => `kill ${number}`;

/** Milliseconds, at most, of thinking before and after an email counts as taken. */
const LATENCY = 25;

export async function openPostOffice(
  chance: Chance,
  onArrival: (number: number, messageId: string) => void,
): Promise<PostOffice> {
  const ledger: Ledger = new Map();
  const server = await startSmtpServer({
    async onMail({ raw }) {
      await sleep(chance.between(0, LATENCY));
      const number = Number(/^subject: kill (\d+)\r?$/imu.exec(raw)?.[1]);
      const messageId = /^message-id:\s*(<[^>]+>)/imu.exec(raw)?.[1] ?? '';
      const entry = ledger.get(number) ?? { times: 0, ids: new Set() };
      entry.times += 1;
      // Our Message-ID begins with our id.
      entry.ids.add(/^<([^.>]+)\./u.exec(messageId)?.[1] ?? messageId);
      ledger.set(number, entry);
      onArrival(number, messageId);
      await sleep(chance.between(0, LATENCY));
    },
  });
  return { port: server.port, ledger, stop: () => server.stop() };
}
