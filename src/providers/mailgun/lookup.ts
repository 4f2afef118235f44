/**
 * @module Whether Mailgun has a mail whose send nobody answered
 * (https://documentation.mailgun.com/docs/mailgun/user-manual/events). Pure. Its log fills up a while after the send,
 * so what is not in it may still have gone: the lookup is `partial`.
 */
import { z } from 'zod';
import type { Receipt } from '../../core/delivery/receipt.js';
import { normaliseAddress } from '../../core/email/address.js';
import type { Sought } from '../provider.js';

/** Their clock before ours, in seconds. */
const SLACK = 300;

const pageSchema = z.object({
  items: z
    .array(z.object({ event: z.string(), recipient: z.string().max(400).optional().catch(undefined) }))
    .max(300),
});

/** All events of the Message-ID since the try began. */
export function eventsPath(base: string, { messageId, at }: Sought): string {
  const query = new URLSearchParams({
    'message-id': messageId.replace(/^<|>$/gu, ''),
    begin: String(Math.floor(at.getTime() / 1_000) - SLACK),
    ascending: 'yes',
    limit: '300',
  });
  return `${base}/events?${query.toString()}`;
}

/** Who is known to be accepted; null where nobody is. @throws where the answer is not the one documented. */
export function acceptedAt({ recipients, messageId }: Sought, json: unknown): Receipt | null {
  const { items } = pageSchema.parse(json);
  const known = new Set(
    items
      // Taken by the API and then dropped: the webhook says so, and whether to send again is a person's to say.
      .filter(({ event }) => event !== 'rejected')
      .map(({ recipient = '' }) => normaliseAddress(recipient)?.toLowerCase()),
  );
  if (!recipients.some(({ address }) => known.has(address.toLowerCase()))) return null;
  return {
    recipients: recipients.map(({ index, address }) => ({
      index,
      outcome: known.has(address.toLowerCase()) ? 'accepted' : 'unknown',
    })),
    providerMessageId: messageId,
  };
}
