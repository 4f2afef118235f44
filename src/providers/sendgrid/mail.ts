/**
 * @module A revision as SendGrid's JSON: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. What would
 * change the mail on its way (tracking, footers) is switched off in each, because the account's own setting may be on.
 */
import { encodeWords } from 'nodemailer/lib/mime-funcs';
import type { Address } from '../../core/email/address.js';
import type { Delivery } from '../provider.js';
import { TAG } from './event.js';
import { allHeadersOf, filesOf, listsOf } from '../vendor/mail.js';

interface SendgridSettings {
  /** Checked as if it went, and sent to nobody. */
  sandboxMode: boolean;
  tracking: { opens: boolean; clicks: boolean };
}

/** The body of one call to `/v3/mail/send`. @throws where an attachment's bytes are not those judged. */
export function sendgridMail(delivery: Delivery, { sandboxMode, tracking }: SendgridSettings): object {
  const { id, revision } = delivery;
  const { from, replyTo, subject, category } = revision;
  const { to, cc, bcc } = listsOf(delivery);
  const files = filesOf({ ...delivery, revision: { ...revision, calendar: undefined } });
  return {
    personalizations: [
      {
        to: to.map(mailbox),
        ...(cc.length > 0 && { cc: cc.map(mailbox) }),
        ...(bcc.length > 0 && { bcc: bcc.map(mailbox) }),
      },
    ],
    from: mailbox(from),
    ...(replyTo && { reply_to: mailbox(replyTo) }),
    subject,
    content: contentOf(delivery),
    ...(files.length > 0 && {
      attachments: files.map(({ base64, filename, contentType, contentId }) => ({
        ...{ content: base64, filename, type: contentType },
        disposition: contentId === undefined ? 'attachment' : 'inline',
        ...(contentId !== undefined && { content_id: contentId }),
      })),
    }),
    headers: headersOf(delivery),
    categories: [category],
    custom_args: { [TAG]: id },
    mail_settings: { footer: { enable: false }, sandbox_mode: { enable: sandboxMode } },
    tracking_settings: {
      click_tracking: { enable: tracking.clicks, enable_text: tracking.clicks },
      open_tracking: { enable: tracking.opens },
      subscription_tracking: { enable: false },
      ganalytics: { enable: false },
    },
  };
}

const mailbox = ({ address, name }: Address): { email: string; name?: string } => ({
  email: address,
  ...(name && { name }),
});

/**
 * Text first, then HTML, then what else there is, as SendGrid wants it. An empty part it refuses. An invitation is an
 * alternative of its own (https://github.com/sendgrid/sendgrid-ruby/issues/298).
 */
function contentOf({ revision: { text, html, calendar } }: Delivery): { type: string; value: string }[] {
  return [
    { type: 'text/plain', value: text ?? '' },
    { type: 'text/html', value: html ?? '' },
    { type: `text/calendar; method=${calendar?.method}`, value: calendar?.ics ?? '' },
  ].filter(({ value }) => value !== '');
}

/** Their values have to be encoded already (RFC 2047); those of other vendors need not. */
function headersOf(delivery: Delivery): Record<string, string> {
  const encoded = Object.entries(allHeadersOf(delivery)).map(([name, value]) => [
    name,
    encodeWords(value, 'B', 52),
  ]);
  return Object.fromEntries(encoded) as Record<string, string>;
}
