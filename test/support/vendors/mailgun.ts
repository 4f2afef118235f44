/**
 * @module Mailgun, played on this machine: POST /v3/{domain}/messages.mime (and /messages, for its SDK), the events
 * API and genuine webhooks. https://documentation.mailgun.com
 */
import { createHmac, randomBytes } from 'node:crypto';
import { startVendor, type Taken, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export interface MailgunFake extends Vendor {
  /** What its events API knows; filled as mail is taken. */
  events: (Record<string, unknown> & { timestamp: number })[];
  /** A genuine webhook about a mail that was taken. */
  hookFor(taken: Taken, event: object, at?: Date): MailgunHook;
}

export interface MailgunHook {
  body: Uint8Array;
  headers: Headers;
}

export const MAILGUN_DOMAIN = 'mg.sender.example';

export interface MailgunSettings {
  apiKey: string;
  signingKey: string;
}

export async function startMailgun({ apiKey, signingKey }: MailgunSettings): Promise<MailgunFake> {
  const events: MailgunFake['events'] = [];
  let taken = 0;
  const authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;
  const base = `/v3/${MAILGUN_DOMAIN}`;
  const vendor = await startVendor({
    sends: ({ method, path }) => method === 'POST' && path === `${base}/messages.mime`,
    take(request) {
      if (request.headers.authorization !== authorization) return problem(401, 'Invalid private key');
      const form = formOf(request);
      const [to, mime] = [form.getAll('to'), form.get('message')];
      if (to.length === 0) return problem(400, 'to parameter is missing');
      if (mime === undefined) return problem(400, 'message parameter is missing');
      const id = /^message-id:\s*(<[^>]+>)/imu.exec(mime)?.[1] ?? `<${++taken}@${MAILGUN_DOMAIN}>`;
      const mail: Taken = {
        tag: (form.get('v:mailwarden') ?? '').replace(/^id:/u, '') || null,
        id,
        to: to.flatMap((one) => one.split(/,\s*/u)),
        subject: /^subject: (.*)$/imu.exec(mime)?.[1] ?? '',
        request,
      };
      for (const recipient of mail.to)
        events.push({
          event: 'accepted',
          timestamp: Date.now() / 1_000,
          recipient,
          message: headersOf(mail),
        });
      return mail;
    },
    accepted: ({ id }) => ({ status: 200, body: { id, message: 'Queued. Thank you.' } }),
    answer: ({ method, path, headers }) => {
      if (headers.authorization !== authorization) return problem(401, 'Invalid private key');
      const url = new URL(path, 'http://mailgun.test');
      if (method !== 'GET' || url.pathname !== `${base}/events`) return problem(404, 'not found');
      const id = url.searchParams.get('message-id');
      const begin = Number(url.searchParams.get('begin') ?? 0);
      const items = events.filter(
        (one) => one.timestamp >= begin && (id === null || JSON.stringify(one).includes(id)),
      );
      return { status: 200, body: { items, paging: {} } };
    },
  });
  return Object.assign(vendor, {
    events,
    hookFor: (mail: Taken, event: object, at = new Date()) =>
      mailgunHook(signingKey, eventOf(mail, event, at), at),
  });
}

/** Signed as documented; the order of the fields is theirs. */
export function mailgunHook(
  signingKey: string,
  event: object,
  at: Date,
  { token = randomBytes(25).toString('hex'), parentKey }: { token?: string; parentKey?: string } = {},
): MailgunHook {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const sign = (key: string): string =>
    createHmac('sha256', key)
      .update(timestamp + token)
      .digest('hex');
  const signature = {
    ...{ token, timestamp, signature: sign(signingKey) },
    ...(parentKey !== undefined && { 'parent-signature': sign(parentKey) }),
  };
  return {
    body: new TextEncoder().encode(JSON.stringify({ signature, 'event-data': event })),
    headers: new Headers({ 'content-type': 'application/json' }),
  };
}

/** An event of the shape of the documented examples; `event` adds to it. */
export function eventOf(mail: Pick<Taken, 'id' | 'tag' | 'to'>, event: object, at: Date): object {
  return {
    id: randomBytes(16).toString('base64url'),
    timestamp: at.getTime() / 1_000,
    'log-level': 'info',
    flags: { 'is-authenticated': true, 'is-test-mode': false },
    message: headersOf(mail),
    recipient: mail.to[0],
    tags: ['transactional'],
    'user-variables': mail.tag === null ? [] : { mailwarden: `id:${mail.tag}` },
    ...event,
  };
}

const headersOf = ({ id }: Pick<Taken, 'id'>): object => ({
  headers: { 'message-id': id.replace(/^<|>$/gu, ''), subject: 'Hello', to: 'delivered@sandbox.test' },
  size: 341,
});

const problem = (status: number, message: string): VendorAnswer => ({ status, body: { message } });

export interface FakeForm {
  get(name: string): string | undefined;
  getAll(name: string): string[];
  /** Every field in order; a file by its bytes as latin1. */
  entries: [string, string][];
}

/** Reads multipart/form-data. */
export function formOf({ headers, body }: Pick<VendorRequest, 'headers' | 'body'>): FakeForm {
  const boundary = /boundary="?([^";]+)"?/u.exec(headers['content-type'] ?? '')?.[1] ?? '\r\n';
  const entries = body
    .toString('latin1')
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part): [string, string] => {
      const end = part.indexOf('\r\n\r\n');
      const isFile = /filename=/iu.test(part.slice(0, end));
      const bytes = part.slice(end + 4, -2);
      const name = /name="([^"]+)"/u.exec(part.slice(0, end))?.[1] ?? '';
      return [name, isFile ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')];
    });
  return {
    entries,
    get: (name) => entries.find(([one]) => one === name)?.[1],
    getAll: (name) => entries.filter(([one]) => one === name).map(([, value]) => value),
  };
}
