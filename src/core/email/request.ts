/**
 * @module What a caller asks to send, before anything was checked: its shape, its bounds, and what to
 * answer when it is wrong. Pure; zod stays out of the workflow sandbox, which imports only the types.
 */
import { z } from 'zod';
import { CONTROL_CHARACTERS, parseAddress } from './address.js';
import { isStorable, jsonProblem, UNSTORABLE_TEXT } from './text.js';

/** Bounds of a request. Sizes are in characters unless the name says bytes. */
export const LIMITS = {
  recipients: 50,
  subject: 998,
  body: 1_000_000,
  headers: 20,
  headerValue: 900,
  attachments: 10,
  attachmentsBytes: 5_000_000,
  tags: 10,
  metadata: 20,
  contextBytes: 65_536,
  dedupeKey: 256,
  reason: 1_000,
} as const;

export const CATEGORIES = ['transactional', 'commercial', 'conversational'] as const;
export type Category = (typeof CATEGORIES)[number];

const NO_CONTROL = 'must be one line without control characters (CR, LF, NUL, …)';

const line = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !CONTROL_CHARACTERS.test(text), NO_CONTROL);

/** Text of any kind that every later step can carry. */
export const prose = (max: number): z.ZodString => z.string().max(max).refine(isStorable, UNSTORABLE_TEXT);

const address = z
  .union([line(400), z.strictObject({ address: line(320), name: line(200).optional() })])
  .transform((value, context) => {
    const parsed = parseAddress(typeof value === 'string' ? value : value.address);
    if (parsed === null) {
      context.addIssue({ code: 'custom', message: 'is not a mail address; write it as name@domain.example' });
      return z.NEVER;
    }
    return typeof value === 'object' && value.name ? { ...parsed, name: value.name } : parsed;
  });

const addresses = z
  .union([address.transform((one) => [one]), z.array(address).max(LIMITS.recipients)])
  .default([]);

/** RFC 5322 §3.6.4 msg-id, angle brackets included. */
const messageId = line(500).regex(
  /^<[^<>\s@]+@[^<>\s]+>$/u,
  'must be a Message-ID such as <id@domain.example>',
);

/** Names a caller may set; everything else is ours, the provider's or the transport's. */
const HEADER_NAME =
  /^X-(?!SES-|PM-|SMTPAPI|SG-|Mailgun-|MC-|MSYS-|MJ-|Mailjet-|Mailin-|Sib-|Mailwarden-|Auto-|Priority)[A-Za-z0-9-]{1,70}$/iu;

const headers = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, 'only X-… headers may be set, and none that a provider or Mailwarden reserves'),
    line(LIMITS.headerValue),
  )
  .refine((all) => Object.keys(all).length <= LIMITS.headers, `at most ${LIMITS.headers} headers`)
  .default({});

/**
 * Not one regular expression: over megabytes a repeated group overflows the stack, and that would be a 500.
 */
function isBase64(text: string): boolean {
  const padding = text.includes('=') ? text.length - text.indexOf('=') : 0;
  return text.length % 4 === 0 && padding <= 2 && !/[^A-Za-z0-9+/=]|=[^=]/u.test(text);
}
/** At least as many as there are: padding counts. */
export const sizeOfBase64 = (text = ''): number => (text.length * 3) / 4;

export const ATTACHMENTS_TOO_LARGE = `attachments together must be at most ${LIMITS.attachmentsBytes} bytes`;

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/iu;

/** A media type without parameters. */
export const mediaType = z
  .string()
  .max(201)
  .regex(MEDIA_TYPE, 'must be a media type such as application/pdf');

export const base64 = z.string().refine(isBase64, 'must be base64 (RFC 4648 §4, padded)');

/** Lower-case hex. */
export const attachmentDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/u, 'must be the sha256 that the upload answered: 64 lower-case hex digits');

/** Whatever else is wrong with it: a check is otherwise left out where its object has an unknown field. */
const isObject = ({ value }: { value: unknown }): boolean => typeof value === 'object' && value !== null;

/** By value or by reference. One object and not a union of two, so that what is wrong is said of the field meant. */
const attachment = z
  .strictObject({
    filename: line(255).min(1),
    contentType: mediaType,
    /** The bytes themselves … */
    content: base64.optional(),
    /** … or those that were uploaded before. */
    sha256: attachmentDigest.optional(),
    /** Content-ID for an inline image, without angle brackets. */
    contentId: line(200)
      .regex(/^[^<>\s]+$/u)
      .optional(),
  })
  .refine((one) => one.content !== undefined || one.sha256 !== undefined, {
    path: ['content'],
    error: 'is missing: give the bytes as base64, or the sha256 of what was uploaded',
    when: isObject,
  })
  .refine((one) => one.content === undefined || one.sha256 === undefined, {
    path: ['sha256'],
    error: 'stands beside content: give one of the two',
    when: isObject,
  })
  // Last, because every other call makes another schema: what JSON Schema readers see of the check above.
  .meta({ oneOf: [{ required: ['content'] }, { required: ['sha256'] }] });

const calendar = z.strictObject({
  method: z.enum(['REQUEST', 'CANCEL', 'REPLY', 'PUBLISH']),
  ics: prose(100_000).min(1),
});

/** An instant as callers write it; parsed to UTC with milliseconds. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 date-time with zone, e.g. 2026-01-31T09:00:00Z' })
  .transform((text) => new Date(text).toISOString())
  // A zone can push the year out of four digits, and then such texts no longer sort by time; the year 0 is
  // none that a database takes.
  .refine((text) => /^(?!0000)\d{4}-/u.test(text), 'must be in the years 0001 to 9999, UTC');

/** Kept as it is, so it is only looked through; z.json() would follow any depth until the stack ends. */
const context = z.record(z.string(), z.unknown()).superRefine((value, check) => {
  const problem = jsonProblem(value, LIMITS.contextBytes);
  if (problem !== null) check.addIssue({ code: 'custom', message: problem });
});

/**
 * The email was written after reading mail that nobody vouches for. `thread`: the addresses that are part of that
 * thread; to anybody else it goes only after a person has looked.
 */
const untrusted = z.strictObject({ thread: z.array(address).max(LIMITS.recipients).default([]) });
export type Untrusted = z.output<typeof untrusted>;

const contentFields = {
  to: addresses,
  cc: addresses,
  bcc: addresses,
  replyTo: address.optional(),
  subject: line(LIMITS.subject),
  text: prose(LIMITS.body).optional(),
  html: prose(LIMITS.body).optional(),
  headers,
  attachments: z
    .array(attachment)
    .max(LIMITS.attachments)
    .refine(
      (all) => all.reduce((sum, one) => sum + sizeOfBase64(one.content), 0) <= LIMITS.attachmentsBytes,
      ATTACHMENTS_TOO_LARGE,
    )
    .default([]),
  calendar: calendar.optional(),
  inReplyTo: messageId.optional(),
};

/** The part of a request that a reader of the mail sees; also what `revise` may change. */
export const contentSchema = z.strictObject(contentFields);

/** A caller's own name for an email. Where we make one ourselves it begins with a word that callers can't use. */
export const dedupeKey = (max: number): z.ZodString =>
  line(max)
    .min(1)
    .refine(
      (key) => !/^(draft|fp|workflow):/u.test(key),
      'must not begin with draft:, fp: or workflow:, which are names of ours',
    );

/** The request body of every door; see DESIGN of the API for each field's meaning. */
export const requestSchema = z
  .strictObject({
    ...contentFields,
    category: z.enum(CATEGORIES).default('transactional'),
    dedupeKey: dedupeKey(LIMITS.dedupeKey).optional(),
    sendAt: instant.optional(),
    expiresAt: instant.optional(),
    reason: prose(LIMITS.reason).optional(),
    context: context.optional(),
    untrusted: untrusted.optional(),
    tags: z.array(line(64).min(1)).max(LIMITS.tags).default([]),
    metadata: z
      .record(line(64), line(500))
      .refine((all) => Object.keys(all).length <= LIMITS.metadata, `at most ${LIMITS.metadata} entries`)
      .default({}),
  })
  .check(complete);

/** A parsed request. `to`, `cc` and `bcc` are lists of normalised addresses. */
export type EmailRequest = z.output<typeof requestSchema>;
/** What a caller may write: addresses as strings, lists optional. */
export type EmailRequestInput = z.input<typeof requestSchema>;
export type EmailContent = z.output<typeof contentSchema>;

/** All of a request but the key that names it: the same email by whatever way the key came. */
export const withoutKey = ({ dedupeKey: _key, ...rest }: EmailRequest): Omit<EmailRequest, 'dedupeKey'> =>
  rest;

/** The part of a request that its reader sees. */
export function contentOf({
  to,
  cc,
  bcc,
  replyTo,
  subject,
  text,
  html,
  headers: custom,
  ...rest
}: EmailContent): EmailContent {
  const { attachments, calendar: invite, inReplyTo } = rest;
  return {
    to,
    cc,
    bcc,
    replyTo,
    subject,
    text,
    html,
    headers: custom,
    attachments,
    calendar: invite,
    inReplyTo,
  };
}

/** Rules that span fields: someone to write to, something to say, and dates in order. */
function complete(check: z.core.ParsePayload<z.output<z.ZodObject<typeof contentFields>>>): void {
  const value = check.value as EmailContent & { sendAt?: string; expiresAt?: string };
  const fail = (field: string, message: string) =>
    check.issues.push({ code: 'custom', path: [field], message, input: undefined });
  const count = value.to.length + value.cc.length + value.bcc.length;
  if (count === 0) fail('to', 'needs at least one recipient in to, cc or bcc');
  if (count > LIMITS.recipients)
    fail('to', `at most ${LIMITS.recipients} recipients in to, cc and bcc together`);
  if (value.text === undefined && value.html === undefined) fail('text', 'needs text, html or both');
  if (value.sendAt && value.expiresAt && value.expiresAt <= value.sendAt)
    fail('expiresAt', 'must be later than sendAt');
}

/** Wrong field names that models and other vendors' clients use, and what to write instead. */
export const FIELD_HINTS: Readonly<Record<string, string>> = {
  body: 'use `text` (and `html`)',
  content: 'use `text` (and `html`)',
  message: 'use `text` (and `html`)',
  text_body: 'use `text`',
  textBody: 'use `text`',
  plain: 'use `text`',
  html_body: 'use `html`',
  htmlBody: 'use `html`',
  from: 'the sender is fixed by the mailbox; leave it out',
  from_: 'the sender is fixed by the mailbox; leave it out',
  sender: 'the sender is fixed by the mailbox; leave it out',
  reply_to: 'use `replyTo`',
  recipient: 'use `to`',
  recipientEmail: 'use `to`',
  idempotencyKey: 'use the Idempotency-Key header or `dedupeKey`',
  idempotency_key: 'use the Idempotency-Key header or `dedupeKey`',
  dedupe_key: 'use `dedupeKey`',
  send_at: 'use `sendAt`',
  scheduledAt: 'use `sendAt`',
  scheduled_at: 'use `sendAt`',
  expires_at: 'use `expiresAt`',
  in_reply_to: 'use `inReplyTo`',
  mailboxId: 'name the mailbox in the path',
};
