/**
 * @module An email as Postmark's API takes it (https://postmarkapp.com/developer/api/email-api). Pure. What would
 * change it on its way (tracking) is said each time, because the server's own setting may be another.
 */
import type { Address } from '../../core/email/address.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import type { Delivery } from '../provider.js';
import { tagFor } from '../vendor/tag.js';
import { allHeadersOf, filesOf, listsOf, mailboxText } from '../vendor/mail.js';

/** Our message id; comes back with each event. */
export const ID_KEY = 'mailwarden';
/** Characters in a value of Metadata. */
const LONGEST = 80;

export interface PostmarkEmail {
  From: string;
  To?: string;
  Cc?: string;
  Bcc?: string;
  ReplyTo?: string;
  Subject: string;
  TextBody?: string;
  HtmlBody?: string;
  Tag: string;
  Metadata: Record<string, string>;
  Headers: { Name: string; Value: string }[];
  TrackOpens: boolean;
  TrackLinks: 'None' | 'HtmlOnly';
  MessageStream?: string;
  Attachments?: { Name: string; Content: string; ContentType: string; ContentID?: string }[];
}

type Settings = Pick<ProviderConfigOf<'postmark'>, 'stream' | 'broadcastStream' | 'tracking'>;

/** @throws where the bytes of an attachment are missing or not those that were judged. */
export function postmarkEmail(delivery: Delivery, settings: Settings): PostmarkEmail {
  const { id, revision } = delivery;
  const { to, cc, bcc } = listsOf(delivery);
  const { tracking, stream, broadcastStream } = settings;
  const messageStream = revision.category === 'commercial' ? (broadcastStream ?? stream) : stream;
  const files = filesOf(delivery);
  return {
    From: mailboxText(revision.from),
    ...(to.length > 0 && { To: listText(to) }),
    ...(cc.length > 0 && { Cc: listText(cc) }),
    ...(bcc.length > 0 && { Bcc: listText(bcc) }),
    ...(revision.replyTo && { ReplyTo: mailboxText(revision.replyTo) }),
    Subject: revision.subject,
    ...(revision.text !== undefined && { TextBody: revision.text }),
    ...(revision.html !== undefined && { HtmlBody: revision.html }),
    Tag: revision.category,
    Metadata: metadataOf(id),
    Headers: headersOf(delivery),
    TrackOpens: tracking.opens,
    // The text part goes out as it was judged in any case.
    TrackLinks: tracking.clicks ? 'HtmlOnly' : 'None',
    ...(messageStream !== undefined && { MessageStream: messageStream }),
    ...(files.length > 0 && {
      Attachments: files.map((one) => ({
        Name: one.filename,
        Content: one.base64,
        ContentType: one.contentType,
        ...(one.contentId !== undefined && { ContentID: `cid:${one.contentId}` }),
      })),
    }),
  };
}

/** The value of our tag; undefined for an id that is too long, and then Postmark's own id has to do. */
export const idValue = (id: string): string | undefined => tagFor(id, LONGEST);

function metadataOf(id: string): Record<string, string> {
  const value = idValue(id);
  return value === undefined ? {} : { [ID_KEY]: value };
}

const listText = (list: readonly Address[]): string => list.map(mailboxText).join(', ');

/** Without those that would steer Postmark itself; with the one that makes it keep our Message-ID. */
function headersOf(delivery: Delivery): PostmarkEmail['Headers'] {
  const headers = Object.entries(allHeadersOf(delivery)).filter(([name]) => !/^x-pm-/iu.test(name));
  return [...headers, ['X-PM-KeepID', 'true'] as const].map(([Name, Value]) => ({ Name, Value }));
}
