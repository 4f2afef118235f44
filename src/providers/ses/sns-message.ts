/**
 * @module Messages of Amazon SNS, and who may be believed:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html. SNS signs for
 * everybody who has a topic, so a signature alone says little: the topic has to be one of ours.
 */
import { verify } from 'node:crypto';
import { z } from 'zod';
import { refused } from '../vendor/hook-refusal.js';
import { isFresh } from '../vendor/hook-report.js';
import type { SnsCertificates } from './sns-certificates.js';

/**
 * The time of publication, which a repetition keeps. SNS repeats for an hour (a hard limit of theirs); the rest of the
 * day is for what waits inside it. A copy does no harm in that time: its reports have the same ids.
 */
const OLDEST_MS = 24 * 3_600_000;

/** One line, because what is signed is lines: none may pretend to be two. Only the message itself may have several. */
const line = z
  .string()
  .max(2_000)
  .regex(/^[^\r\n]*$/u);

const messageSchema = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  Message: z.string(),
  MessageId: line,
  Subject: line.nullish(),
  Timestamp: line.pipe(z.iso.datetime()),
  TopicArn: line,
  Token: line.optional(),
  SubscribeURL: line.optional(),
  Signature: z.string().max(2_000),
  SignatureVersion: z.string(),
  SigningCertURL: z.string().max(500),
});
type SnsMessage = z.output<typeof messageSchema>;

const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** What SNS signs: the fields of this type that there are, each as its name and its value on a line. */
const stringToSign = (message: SnsMessage): string =>
  SIGNED[message.Type]
    .map((name) => [name, message[name]] as const)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');

/**
 * A message that SNS sent, now, from one of these topics.
 * @throws WebhookRefused `invalid_signature`, or `unavailable` where the certificate cannot be had
 */
export async function verifySns(
  json: unknown,
  {
    topicArns,
    certificates,
    now,
  }: { topicArns: readonly string[]; certificates: SnsCertificates; now: Date },
): Promise<SnsMessage> {
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) throw refused('the body is no signed message of SNS');
  const message = parsed.data;
  if (!topicArns.includes(message.TopicArn))
    throw refused('TopicArn is not among the topicArns of the provider');
  if (!isFresh(new Date(message.Timestamp), now, OLDEST_MS))
    throw refused('Timestamp is more than a day old');
  if (message.SignatureVersion !== '2')
    throw refused(
      'SignatureVersion is not 2 (SHA-256): set the attribute SignatureVersion of the topic to 2',
    );
  if (!message.SigningCertURL.startsWith(`https://${hostOf(message.TopicArn)}/`))
    throw refused('SigningCertURL is not in the region of the topic');
  const key = await certificates.keyAt(message.SigningCertURL, now);
  const signature = Buffer.from(message.Signature, 'base64');
  if (!verify('sha256', Buffer.from(stringToSign(message)), key, signature))
    throw refused('Signature is not that of SNS');
  return message;
}

/** SNS of the region of the topic, which is one of ours: no other host is ever asked. */
function hostOf(topicArn: string): string {
  const [, partition, , region = ''] = topicArn.split(':');
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

/** Where a subscription is confirmed; null where it is no such place, whoever says so. */
export function confirmationUrl({ Type, SubscribeURL = '', TopicArn }: SnsMessage): string | null {
  if (Type !== 'SubscriptionConfirmation' || !URL.canParse(SubscribeURL)) return null;
  const url = new URL(SubscribeURL);
  const isRight =
    url.protocol === 'https:' &&
    // `host` names a port where it is not 443.
    url.host === hostOf(TopicArn) &&
    url.username + url.password === '' &&
    url.pathname === '/' &&
    url.searchParams.get('Action') === 'ConfirmSubscription' &&
    url.searchParams.get('TopicArn') === TopicArn;
  return isRight ? url.href : null;
}
