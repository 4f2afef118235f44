/**
 * @module A mail service of the user's own, as docs/providers.md describes it: verifies with the reference library of
 * standardwebhooks.com, answers as documented, and answers the same Idempotency-Key as the first time.
 */
import { Webhook } from 'standardwebhooks';
import type { OwnEmail } from '../../../src/providers/own/define.js';
import { startVendor, type Taken, type Vendor } from './vendor.js';

export type PostedEmail = Omit<OwnEmail, 'attachments'> & {
  attachments: { filename: string; contentType: string; contentId?: string; content: string }[];
};

export interface SignedService extends Vendor {
  /** The emails as they were posted, in the order in which they were taken. */
  emails: PostedEmail[];
}

export async function startSignedService(secret: string): Promise<SignedService> {
  const webhook = new Webhook(secret);
  const emails: PostedEmail[] = [];
  const firsts = new Map<string, Taken>();
  const isSigned = (body: string, headers: object): boolean => {
    try {
      webhook.verify(body, headers as Record<string, string>, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  };
  const vendor = await startVendor({
    sends: ({ method }) => method === 'POST',
    take(request) {
      const body = request.body.toString();
      if (!isSigned(body, request.headers)) return { status: 401 };
      const key = String(request.headers['idempotency-key']);
      const first = firsts.get(key);
      if (first !== undefined) return { status: 200, body: { id: first.id } };
      const email = JSON.parse(body) as PostedEmail;
      emails.push(email);
      const taken: Taken = {
        tag: email.id,
        id: `svc-${emails.length}`,
        to: email.recipients.map((one) => one.address),
        subject: email.subject,
        request,
      };
      firsts.set(key, taken);
      return taken;
    },
    accepted: ({ id }) => ({ status: 202, body: { id } }),
    answer: ({ method, headers }) => ({ status: method === 'GET' && isSigned('', headers) ? 200 : 401 }),
  });
  return Object.assign(vendor, { emails });
}
