/**
 * @module An email with all that one can have, to be sent by us and by each vendor's own SDK: the two are compared. Its
 * names need quotes, letters beyond ASCII, or both.
 */
import type { Revision } from '../../../src/core/email/revision.js';
import type { Delivery } from '../../../src/providers/provider.js';
import { aDelivery, aRevision, attachmentOf, blobsOf } from '../../contracts/provider.js';

export const PICTURE = new Uint8Array([137, 80, 78, 71]);
export const PICTURE_BASE64 = Buffer.from(PICTURE).toString('base64');
export const ICS = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';

/** To one, two, three and four `@example.com`; `change` replaces parts of the revision. */
export function aFullDelivery(change: Partial<Revision> = {}): Delivery {
  const revision = aRevision({
    from: { address: 'agent@sender.example', name: 'Añ Agent, of "ours"' },
    replyTo: { address: 'desk@sender.example', name: 'Jürgen Öl' },
    to: [{ address: 'one@example.com', name: 'One, the first' }, { address: 'two@example.com' }],
    cc: [{ address: 'three@example.com' }],
    bcc: [{ address: 'four@example.com' }],
    subject: 'Grüße — 你好',
    html: '<p>Hello <img src="cid:logo"></p>',
    headers: { 'X-Ticket': '7' },
    attachments: [
      attachmentOf(PICTURE, { filename: 'logo.png', contentType: 'image/png', contentId: 'logo' }),
      // Whoever says so would bring parts that nobody judged: it goes out as plain bytes.
      attachmentOf(PICTURE, { contentType: 'multipart/mixed' }),
    ],
    calendar: { method: 'REQUEST', ics: ICS },
    inReplyTo: '<before@example.com>',
    ...change,
  });
  return aDelivery({ revision, blobs: blobsOf(PICTURE) });
}

/** The same with bytes in place of the picture that are not those which were judged. */
export function aDamagedDelivery(): Delivery {
  const delivery = aFullDelivery();
  const blobs = new Map([...delivery.blobs.keys()].map((hash) => [hash, new Uint8Array([1])]));
  return { ...delivery, blobs };
}
