/**
 * @module Mailgun's webhooks: who may be believed
 * (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks). The signature is over a
 * time and a token only, so a token is good for one body: `HookReading.token` lets the store see to that.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { noSecret, refused } from '../vendor/hook-refusal.js';
import { isFresh, jsonOf } from '../vendor/hook-report.js';
import { mailgunReports } from './event.js';
import type { Provider } from '../provider.js';

/**
 * A webhook that we did not take comes again after 5, 10 and 15 minutes, 1, 2 and 4 hours: 7.5 hours in all, and
 * its timestamp may be that of the first. A copy of one is harmless that long: the token lets no other body pass.
 */
const OLDEST_MS = 12 * 3_600_000;

const hex = z.string().regex(/^[0-9a-f]{64}$/u);
const envelopeSchema = z.object({
  signature: z.object({
    /**
     * Seconds. Ten digits and nothing else: what is signed is time and token without a separator, and a digit that
     * could move from one to the other would make a second token of it.
     */
    timestamp: z.coerce.string().regex(/^\d{10}$/u),
    /** 50 characters, as documented. */
    token: z.string().min(20).max(100),
    signature: hex,
    /** Of the primary account, where the domain belongs to a subaccount. */
    'parent-signature': hex.optional(),
  }),
  'event-data': z.unknown(),
});
type Signature = z.infer<typeof envelopeSchema>['signature'];

/** Verifies and reads a webhook with the account's webhook signing keys; without one nobody can be believed. */
export function createMailgunReader(provider: string, keys: readonly string[]): Provider['readHook'] {
  return async ({ body, now }) => {
    if (keys.length === 0) throw noSecret(provider);
    const { signature, 'event-data': event } = readEnvelope(body);
    if (!keys.some((key) => isGenuine(key, signature)))
      throw refused('signature must be that of timestamp and token by the webhook signing key');
    if (!isFresh(new Date(Number(signature.timestamp) * 1_000), now, OLDEST_MS))
      throw refused('signature.timestamp must be at most 12 hours old');
    return { reports: mailgunReports(event), token: signature.token, tokenScope: 'mailgun.com' };
  };
}

/** The signature stands in the body itself, so the body is parsed before anything of it is believed. */
function readEnvelope(body: Uint8Array): z.infer<typeof envelopeSchema> {
  try {
    return envelopeSchema.parse(jsonOf(body));
  } catch {
    throw refused('the body must be JSON with signature { timestamp, token, signature } and event-data');
  }
}

function isGenuine(key: string, { timestamp, token, ...signatures }: Signature): boolean {
  const expected = createHmac('sha256', key).update(`${timestamp}${token}`).digest();
  const isIt = (one = ''): boolean => one !== '' && timingSafeEqual(expected, Buffer.from(one, 'hex'));
  // Both are compared each time, so that the answer takes as long whichever one it is.
  const [own, parent] = [isIt(signatures.signature), isIt(signatures['parent-signature'])];
  return own || parent;
}
