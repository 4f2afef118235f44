/**
 * @module The wire to a provider: knows how far a send has come, over SMTP and over HTTP. Its moments are named
 * alike for both: `connected` (the provider has nothing yet), `content` (it has half of the mail), `taken` (all of
 * it, unanswered), `reply` (its answer is on its way), `lookup` (it is asked what became of a mail).
 */
import type { Ambush, Ruling } from './ambush.js';
import { startWire, type Conversation, type Wire } from './wire.js';

interface Options {
  ambush: Ambush;
  process: string;
  provider: string;
  /** The email that these bytes name: by its recipients' addresses, or by its id. */
  emailIn: (bytes: Buffer) => number | null;
}

export type Moment = 'connected' | 'content' | 'taken' | 'reply' | 'lookup';

/** Milliseconds: less than half of the lease that the scene gives to a try. */
const PATIENCE = 4_000;

export function startProviderWire(port: number, protocol: 'smtp' | 'http', options: Options): Promise<Wire> {
  const { ambush, process, provider } = options;
  const meet: Meet = async (email, moment) =>
    email === null
      ? 'go'
      : await ambush.pass({
          ...{ email, process, what: `${moment} ${provider}` },
          ...{ side: 'before', patience: PATIENCE },
        });
  const converse = protocol === 'smtp' ? smtp : http;
  return startWire(port, () => converse(options.emailIn, meet));
}

type Meet = (email: number | null, moment: Moment) => Promise<Ruling>;
type Talk = (emailIn: Options['emailIn'], meet: Meet) => Conversation;
type Pass = Parameters<Conversation['outward']>[1];

/** The mail itself, for both: waits before it, in the middle of it and after it. */
async function carry(mail: Buffer, email: number | null, meet: Meet, pass: Pass): Promise<Ruling> {
  if ((await meet(email, 'connected')) === 'drop') return 'drop';
  const half = Math.floor(mail.length / 2);
  pass(mail.subarray(0, half));
  if ((await meet(email, 'content')) === 'drop') return 'drop';
  pass(mail.subarray(half));
  return await meet(email, 'taken');
}

/** Its answer: as long as the mail stands at its end, nobody hears it. */
const heard = async (carried: Promise<Ruling>, email: number | null, meet: Meet): Promise<Ruling> =>
  (await carried) === 'drop' ? 'drop' : await meet(email, 'reply');

/** Our own client says one thing at a time, but for the content, which it says in pieces. */
const smtp: Talk = (emailIn, meet) => {
  let email: number | null = null;
  let content: Buffer | null = null;
  let carried: Promise<Ruling> | null = null;
  return {
    async outward(chunk, pass) {
      if (content === null) {
        email = emailIn(chunk) ?? email;
        pass(chunk);
        return 'go';
      }
      content = Buffer.concat([content, chunk]);
      if (content.toString('latin1', Math.max(0, content.length - 5)) !== '\r\n.\r\n') return 'go';
      const mail = content;
      content = null;
      return await (carried = carry(mail, email, meet, pass));
    },
    async inward(chunk, pass) {
      // Commands may come in one go, and so their replies.
      if (/^354/mu.test(chunk.toString('latin1'))) content = Buffer.alloc(0);
      if (carried !== null && (await heard(carried, email, meet)) === 'drop') return 'drop';
      carried = null;
      pass(chunk);
      return 'go';
    },
  };
};

/** One request at a time, read whole before any of it is passed on: only then is it known whose it is. */
const http: Talk = (emailIn, meet) => {
  let request = Buffer.alloc(0);
  let asked: number | null = null;
  let carried: Promise<Ruling> | null = null;
  return {
    async outward(chunk, pass) {
      request = Buffer.concat([request, chunk]);
      if (!isWhole(request)) return 'go';
      const mail = request;
      request = Buffer.alloc(0);
      const email = emailIn(mail);
      if (!mail.toString('latin1', 0, 5).startsWith('POST ')) {
        if ((await meet(email, 'lookup')) === 'drop') return 'drop';
        pass(mail);
        return 'go';
      }
      asked = email;
      return await (carried = carry(mail, email, meet, pass));
    },
    async inward(chunk, pass) {
      if (carried !== null && (await heard(carried, asked, meet)) === 'drop') return 'drop';
      carried = null;
      pass(chunk);
      return 'go';
    },
  };
};

function isWhole(request: Buffer): boolean {
  const end = request.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = request.toString('latin1', 0, end);
  const body = request.length - end - 4;
  if (/^transfer-encoding:\s*chunked/imu.test(head)) return request.toString('latin1').endsWith('0\r\n\r\n');
  return body >= Number(/^content-length:\s*(\d+)/imu.exec(head)?.[1] ?? 0);
}
