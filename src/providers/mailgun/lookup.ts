/**
 * @module Whether Mailgun has a mail whose send nobody answered
 * (https://documentation.mailgun.com/docs/mailgun/user-manual/events). Pure. Its log fills up a while after the send,
 * so what is not in it may still have gone: the lookup is `partial`.
 */
import { z } from 'zod';
import type { Receipt } from '../../core/delivery/receipt.js';
import { soughtSince } from '../vendor/clock-slack.js';
import { foundFor } from '../vendor/named-recipients.js';
import type { Sought } from '../provider.js';

const pageSchema = z.object({
  items: z
    .array(z.object({ event: z.string(), recipient: z.string().max(400).optional().catch(undefined) }))
    .max(300),
});

/** All events of the Message-ID since the try began. */
export function eventsPath(base: string, sought: Sought): string {
  const query = new URLSearchParams({
    'message-id': sought.messageId.replace(/^<|>$/gu, ''),
    begin: String(Math.floor(soughtSince(sought) / 1_000)),
    ascending: 'yes',
    limit: '300',
  });
  return `${base}/events?${query.toString()}`;
}

/** Who is known to be accepted; null where nobody is. @throws where the answer is not the one documented. */
export function acceptedAt({ recipients, messageId }: Sought, json: unknown): Receipt | null {
  const { items } = pageSchema.parse(json);
  const addresses = items
    // Taken by the API and then dropped: the webhook says so, and whether to send again is a person's to say.
    .filter(({ event }) => event !== 'rejected')
    .map(({ recipient = '' }) => recipient);
  return foundFor(recipients, addresses, messageId);
}
