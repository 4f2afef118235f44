/**
 * @module Postmark, played: what its API wants of a request, what it answers, its search and its webhooks
 * (https://postmarkapp.com/developer). The `postmark` package has to accept it.
 */
import { randomUUID } from 'node:crypto';
import type { PostmarkEmail } from '../../../src/providers/postmark/email.js';
import { startVendor, type Taken, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const POSTMARK_TOKEN = 'f2a1c7de-0b5f-4c59-9e7e-0123456789ab';
export const POSTMARK_SECRET = 'postmark:a password of 32 characters, ok';

export interface PostmarkFake extends Vendor {
  /** Addresses that it leaves out. */
  inactive: Set<string>;
  /** A genuine webhook about a mail that was taken; `fields` are added to what Postmark says in each record. */
  hookFor(taken: Taken, record: string, fields?: object): { body: Uint8Array; headers: Headers };
}

const refusal = (status: number, code: number, text: string): VendorAnswer => ({
  status,
  body: { ErrorCode: code, Message: text },
});

/** As Postmark judges an address: see its article on error 300. */
const ADDRESS = /^[a-z0-9.!#$%&'`*+\-/=^_{}|~]+@[a-z0-9.-]+\.[a-z0-9-]+$/iu;

export async function startPostmark(): Promise<PostmarkFake> {
  const inactive = new Set<string>();
  const receivedAt = new Map<string, string>();

  function take(request: VendorRequest): Taken | VendorAnswer {
    const refused = authorize(request);
    if (refused) return refused;
    const email = JSON.parse(request.body.toString()) as PostmarkEmail;
    if (!ADDRESS.test(addressIn(email.From)))
      return refusal(422, 300, `Invalid 'From' address: '${email.From}'.`);
    const to = [email.To, email.Cc, email.Bcc].flatMap((list) => mailboxesIn(list ?? '')).map(addressIn);
    if (to.length === 0 || to.length > 50) return refusal(422, 300, 'Zero recipients, or more than 50.');
    const bad = to.find((one) => !ADDRESS.test(one));
    if (bad !== undefined) return refusal(422, 300, `Error parsing 'To': Illegal email address '${bad}'.`);
    if (!email.TextBody && !email.HtmlBody)
      return refusal(422, 300, 'Provide either email TextBody or HtmlBody or both.');
    const isTooLong = ([key, value]: [string, string]) => key.length > 20 || value.length > 80;
    if (Object.entries(email.Metadata).some(isTooLong)) return refusal(422, 300, 'Metadata is too long.');
    const left = to.filter((one) => !inactive.has(one));
    if (left.length === 0)
      return refusal(
        422,
        406,
        `You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ${to.join(', ')}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.`,
      );
    const id = randomUUID();
    receivedAt.set(id, new Date().toISOString().replace('Z', '0000-00:00'));
    const tag = email.Metadata['mailwarden'] ?? null;
    return { tag, id, to: left, subject: email.Subject, request };
  }

  /** In one stream, by Metadata, as documented. */
  function search(path: string, taken: readonly Taken[]): VendorAnswer {
    const query = new URL(path, 'http://fake').searchParams;
    if (!query.has('count') || !query.has('offset'))
      return refusal(422, 700, 'count and offset are required');
    const found = taken.filter(({ tag, request }) => {
      const stream = (JSON.parse(request.body.toString()) as PostmarkEmail).MessageStream ?? 'outbound';
      const wanted = query.get('metadata_mailwarden');
      return stream === (query.get('messagestream') ?? 'outbound') && tag === wanted;
    });
    const messages = found.map(({ id, to }) => ({
      ...{ MessageID: id, Status: 'Sent', Recipients: to, ReceivedAt: receivedAt.get(id) },
    }));
    return { status: 200, body: { TotalCount: messages.length, Messages: messages } };
  }

  const vendor = await startVendor({
    sends: ({ method, path }) => method === 'POST' && path === '/email',
    take,
    accepted: ({ id, to, request }) => {
      const email = JSON.parse(request.body.toString()) as PostmarkEmail;
      const all = [email.To, email.Cc, email.Bcc].flatMap((list) => mailboxesIn(list ?? '')).map(addressIn);
      const out = all.filter((one) => !to.includes(one));
      const message = `Message OK, but will not deliver to these inactive addresses: ${out.join(', ')}`;
      return {
        status: 200,
        body: {
          ...{ To: email.To, SubmittedAt: new Date().toISOString(), MessageID: id, ErrorCode: 0 },
          Message: out.length === 0 ? 'OK' : message,
        },
      };
    },
    answer: (request, taken) => {
      const refused = authorize(request);
      if (refused) return refused;
      if (request.path === '/server') return { status: 200, body: { ID: 1, Name: 'fake' } };
      return request.path.startsWith('/messages/outbound?')
        ? search(request.path, taken)
        : refusal(404, 701, 'not found');
    },
  });

  return Object.assign(vendor, {
    inactive,
    hookFor({ id, request, to }: Taken, record: string, fields: object = {}) {
      const {
        Tag,
        Metadata,
        MessageStream = 'outbound',
      } = JSON.parse(request.body.toString()) as PostmarkEmail;
      return withCredentials({
        ...{ RecordType: record, MessageID: id, Recipient: to[0], Tag, Metadata, MessageStream, ServerID: 1 },
        ...fields,
      });
    },
  });
}

function authorize({ headers }: VendorRequest): VendorAnswer | null {
  if (headers['x-postmark-server-token'] === POSTMARK_TOKEN) return null;
  return refusal(401, 10, 'Request does not contain a valid Server token.');
}

/** At commas that stand in no quotes. */
const mailboxesIn = (list: string): string[] => list.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/gu) ?? [];

const addressIn = (mailbox: string): string => (/<([^<>]+)>\s*$/u.exec(mailbox)?.[1] ?? mailbox).trim();

/** Any record, with the credentials of the webhook's URL. */
export function withCredentials(
  record: unknown,
  secret = POSTMARK_SECRET,
): { body: Uint8Array; headers: Headers } {
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  return {
    body: new TextEncoder().encode(text),
    headers: new Headers({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` }),
  };
}
