/**
 * @module SendGrid, played on this machine: POST /v3/mail/send with its documented rules, and signed event webhooks
 * (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).
 */
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { startVendor, type Taken, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const SENDGRID_KEY = 'SG.a-key-for-tests.0123456789';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
/** As SendGrid's settings show it. */
export const VERIFICATION_KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

interface Mailbox {
  email: string;
  name?: string;
}

interface SendgridBody {
  personalizations: { to?: Mailbox[]; cc?: Mailbox[]; bcc?: Mailbox[] }[];
  from: Mailbox;
  subject?: string;
  content: { type: string; value: string }[];
  headers?: Record<string, string>;
  attachments?: { content: string; filename: string; disposition?: string }[];
  custom_args?: Record<string, string>;
  categories?: string[];
  mail_settings?: { sandbox_mode?: { enable: boolean } };
}

export const sendgridBody = ({ body }: Pick<VendorRequest, 'body'>): SendgridBody =>
  JSON.parse(body.toString()) as SendgridBody;

export const startSendgrid = (): Promise<Vendor> =>
  startVendor({
    sends: ({ method, path }) => method === 'POST' && path === '/v3/mail/send',
    take: (request) => refusal(request) ?? takenOf(request),
    accepted: ({ id }) => ({ status: 202, headers: { 'x-message-id': id } }),
    answer: ({ headers, path }) => {
      if (headers.authorization !== `Bearer ${SENDGRID_KEY}`) return unauthorized;
      return path === '/v3/scopes'
        ? { status: 200, body: { scopes: ['mail.send'] } }
        : sendgridError(404, 'not found');
    },
  });

export const sendgridError = (
  status: number,
  message: string,
  field: string | null = null,
): VendorAnswer => ({
  status,
  body: { errors: [{ message, field, help: null }] },
});

const unauthorized = sendgridError(401, 'The provided authorization grant is invalid, expired, or revoked');

/** "x-sg-id, x-sg-eid, received, dkim-signature, Content-Type, Content-Transfer-Encoding, To, From, Subject, Reply-To, CC, BCC" */
const RESERVED = /^(x-sg-e?id|received|dkim-signature|content-.*|to|from|subject|reply-to|cc|bcc)$/iu;

function refusal(request: VendorRequest): VendorAnswer | null {
  if (request.headers.authorization !== `Bearer ${SENDGRID_KEY}`) return unauthorized;
  const {
    personalizations,
    from,
    subject,
    content,
    headers = {},
    mail_settings,
    ...rest
  } = sendgridBody(request);
  const [one = {}] = personalizations;
  const bad = (field: string, text: string): VendorAnswer => sendgridError(400, text, field);
  if ((one.to ?? []).length === 0)
    return bad('personalizations.0.to', 'The to array is required for all personalization objects');
  const all = [...(one.to ?? []), ...(one.cc ?? []), ...(one.bcc ?? [])].map(({ email }) => email);
  const wrong = all.findIndex((email) => !/^[\x21-\x7e]+@[a-z0-9.-]+$/iu.test(email));
  if (wrong >= 0) return bad(`personalizations.0.to.${wrong}.email`, 'Does not contain a valid address.');
  if (new Set(all.map((email) => email.toLowerCase())).size < all.length)
    return bad('personalizations.0', 'Each email address in the personalization block should be unique');
  if (!from.email.includes('@')) return bad('from.email', 'Does not contain a valid address.');
  if (!subject) return bad('subject', 'The subject is required.');
  if (content.length === 0)
    return bad('content', 'Unless a valid template_id is provided, content is required');
  if (content.some(({ value }) => value === ''))
    return bad('content.0.value', 'The content value must be a string at least one character in length.');
  const places = content
    .map(({ type }) => ['text/plain', 'text/html'].indexOf(type))
    .map((at) => (at < 0 ? 2 : at));
  if (places.join('') !== [...places].sort().join('')) return bad('content', 'text/plain must be first');
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED.test(name)) return bad('headers', 'is reserved and may not be used');
    if (!/^[\x20-\x7e]*$/u.test(value)) return bad('headers', 'unicode must be encoded');
  }
  if (JSON.stringify(rest.custom_args ?? {}).length > 10_000) return bad('custom_args', 'too large');
  // Checked, and that is all.
  return mail_settings?.sandbox_mode?.enable === true ? { status: 200, body: {} } : null;
}

function takenOf(request: VendorRequest): Taken {
  const { personalizations, subject = '', custom_args = {} } = sendgridBody(request);
  const [{ to = [], cc = [], bcc = [] } = {}] = personalizations;
  return {
    tag: custom_args['mailwarden_id'] ?? null,
    id: randomBytes(16).toString('base64url'),
    to: [...to, ...cc, ...bcc].map(({ email }) => email),
    subject,
    request,
  };
}

/** An event about a mail that was taken, with what SendGrid says in each. */
export const sendgridEvent = (taken: Pick<Taken, 'id' | 'tag' | 'to'>, event: object): object => ({
  email: taken.to[0],
  timestamp: 1_763_800_000,
  'smtp-id': `<${taken.id}@geopod-ismtpd-1>`,
  category: ['transactional'],
  sg_event_id: randomBytes(16).toString('base64url'),
  sg_message_id: `${taken.id}.recvd-7f8f9c-abcde-1-6921-0.0`,
  ...(taken.tag !== null && { mailwarden_id: taken.tag }),
  ...event,
});

export interface SendgridHook {
  body: Uint8Array;
  headers: Headers;
}

/** A batch as SendGrid posts it, with its line ends; signed over the time and these bytes. */
export function sendgridHook(events: unknown, at = new Date(), raw?: Uint8Array): SendgridHook {
  const body = raw ?? new TextEncoder().encode(`${JSON.stringify(events)}\r\n`);
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = createSign('sha256').update(timestamp).update(body).sign(privateKey, 'base64');
  return {
    body,
    headers: new Headers({
      'content-type': 'application/json',
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': timestamp,
    }),
  };
}
