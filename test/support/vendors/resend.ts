/**
 * @module Resend, played: what its API wants of a request, what it answers, its webhooks and the way it deduplicates
 * (https://resend.com/docs/api-reference). The `resend` package has to accept it.
 */
import { createHmac, randomUUID } from 'node:crypto';
import type { ResendEmail } from '../../../src/providers/resend/email.js';
import { startVendor, type Taken, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const RESEND_KEY = 're_fake_0123456789abcdef';
/** May send and nothing else. */
export const RESEND_SENDING_KEY = 're_sending_0123456789abcdef';
export const RESEND_SECRET = `whsec_${Buffer.from('a webhook secret of 32 bytes, ok').toString('base64')}`;

export interface ResendFake extends Vendor {
  /** A genuine webhook about a mail that was taken; `data` is added to what Resend says of each email. */
  hookFor(taken: Taken, type: string, data?: object): { body: Uint8Array; headers: Headers };
}

const refusal = (status: number, name: string, message: string): VendorAnswer => ({
  status,
  body: { statusCode: status, name, message },
});

export async function startResend(): Promise<ResendFake> {
  /** What was answered under a key, and to which request. */
  const answers = new Map<string, { body: string; id: string }>();

  function authorize({ method, path, headers }: VendorRequest): VendorAnswer | null {
    if (headers['user-agent'] === undefined) return { status: 403, body: '<html>error code: 1010</html>' };
    if (headers.authorization === undefined)
      return refusal(401, 'missing_api_key', 'Missing API key in the authorization header.');
    const key = headers.authorization.replace('Bearer ', '');
    if (![RESEND_KEY, RESEND_SENDING_KEY].includes(key))
      return refusal(403, 'invalid_api_key', 'API key is invalid');
    if (key === RESEND_SENDING_KEY && !isSend(method, path))
      return refusal(401, 'restricted_api_key', 'This API key is restricted to only send emails');
    return null;
  }

  function take(request: VendorRequest): Taken | VendorAnswer {
    const refused = authorize(request);
    if (refused) return refused;
    const body = request.body.toString();
    const email = JSON.parse(body) as ResendEmail;
    const missing = (['from', 'to', 'subject'] as const).find((field) => email[field] === undefined);
    if (missing) return refusal(422, 'missing_required_field', `Missing \`${missing}\` field.`);
    const bad = (email.tags ?? []).some(
      (tag) => ![tag.name, tag.value].every((one) => /^[\w-]{1,256}$/u.test(one)),
    );
    if (bad)
      return refusal(422, 'validation_error', 'Tags should only contain ASCII letters, numbers, _ or -.');
    const to = [email.to, email.cc ?? [], email.bcc ?? []].flat();
    if (to.length > 50) return refusal(422, 'validation_error', 'The number of recipients is limited to 50.');
    const key = request.headers['idempotency-key'];
    if (key !== undefined && !/^[\x21-\x7e]{1,256}$/u.test(String(key)))
      return refusal(400, 'invalid_idempotency_key', 'The key must be between 1-256 chars.');
    const before = typeof key === 'string' ? answers.get(key) : undefined;
    if (before && before.body !== body)
      return refusal(
        409,
        'invalid_idempotent_request',
        'Same idempotency key used with a different payload.',
      );
    if (before) return { status: 200, body: { id: before.id } };
    const id = randomUUID();
    if (typeof key === 'string') answers.set(key, { body, id });
    const tag = email.tags?.find((one) => one.name === 'mailwarden')?.value ?? null;
    return { tag, id, to, subject: email.subject, request };
  }

  const vendor = await startVendor({
    sends: ({ method, path }) => isSend(method, path),
    take,
    accepted: ({ id }) => ({ status: 200, body: { id } }),
    answer: (request) =>
      authorize(request) ??
      (request.path === '/domains'
        ? { status: 200, body: { object: 'list', data: [] } }
        : refusal(404, 'not_found', 'The requested endpoint does not exist')),
  });

  return Object.assign(vendor, {
    hookFor({ id, request }: Taken, type: string, data: object = {}) {
      const email = JSON.parse(request.body.toString()) as ResendEmail;
      const at = new Date().toISOString();
      return signedBySvix(RESEND_SECRET, {
        type,
        created_at: at,
        data: {
          ...{ created_at: at, email_id: id, message_id: `<${id}@resend.example>` },
          ...{ from: email.from, to: [email.to].flat().map(plain), subject: email.subject },
          tags: Object.fromEntries(email.tags.map((tag) => [tag.name, tag.value])),
          ...data,
        },
      });
    },
  });
}

const isSend = (method: string, path: string): boolean => method === 'POST' && path === '/emails';

const plain = (mailbox: string): string => /<([^<>]+)>$/u.exec(mailbox)?.[1] ?? mailbox;

/** Any event, signed now (or `at`) under a new id (or this one). */
export function signedBySvix(
  secret: string,
  event: unknown,
  { id = `msg_${randomUUID()}`, at = new Date() }: { id?: string; at?: Date } = {},
): { body: Uint8Array; headers: Headers } {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const time = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return {
    body: new TextEncoder().encode(body),
    headers: new Headers({ 'svix-id': id, 'svix-timestamp': time, 'svix-signature': `v1,${signature}` }),
  };
}
