/**
 * @module Whether Postmark has an email whose send nobody answered
 * (https://postmarkapp.com/developer/api/messages-api#outbound-message-search). Pure. Nobody promises that the search
 * knows of an email at once, so what it does not find may still have gone: the lookup is `partial`.
 */
import { z } from 'zod';
import type { Receipt } from '../../core/delivery/receipt.js';
import { soughtSince } from '../vendor/clock-slack.js';
import { foundFor } from '../vendor/named-recipients.js';
import { ID_KEY, idValue } from './email.js';
import type { Sought } from '../provider.js';

const pageSchema = z.object({
  Messages: z
    .array(
      z.object({
        MessageID: z.string().min(1).max(200),
        ReceivedAt: z.string().max(60).transform(Date.parse),
        Recipients: z.array(z.string().max(400)).max(50).catch([]),
      }),
    )
    .max(500),
});

/** One search for each stream, as a search is in one stream; null for an id that is in no Metadata. */
export function searchPaths({ id }: Sought, streams: readonly (string | undefined)[]): string[] | null {
  const value = idValue(id);
  if (value === undefined) return null;
  return [...new Set(streams)].map((stream) => {
    const query = new URLSearchParams({ count: '50', offset: '0', [`metadata_${ID_KEY}`]: value });
    if (stream !== undefined) query.set('messagestream', stream);
    return `/messages/outbound?${query.toString()}`;
  });
}

/** Who is known to be accepted since the try began; null where nobody is. @throws where it is not the documented answer. */
export function acceptedIn(sought: Sought, pages: readonly unknown[]): Receipt | null {
  const messages = pages
    .flatMap((page) => pageSchema.parse(page).Messages)
    .filter(({ ReceivedAt }) => ReceivedAt >= soughtSince(sought));
  const [first] = messages;
  if (first === undefined) return null;
  const addresses = messages.flatMap((one) => one.Recipients);
  return foundFor(sought.recipients, addresses, first.MessageID);
}
