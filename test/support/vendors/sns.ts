/** @module Amazon SNS, played on this machine: it signs messages, and answers where its certificate is asked for. */
import { createSign, randomUUID, type KeyObject } from 'node:crypto';
import type { FetchText } from '../../../src/providers/vendor/fetch-text.js';
import { selfSigned, type Certificate } from '../x509.js';

export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:mail-events';
export const SNS = 'https://sns.eu-central-1.amazonaws.com';
export const CERTIFICATE_URL = `${SNS}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;

interface SnsFake {
  certificate: Certificate;
  /** Every URL that was asked for. */
  fetched: string[];
  fetchText: FetchText;
}

/** A key takes a moment to make, and one will do. */
let shared: Certificate | null = null;

export function startSns(): SnsFake {
  const certificate = (shared ??= selfSigned());
  const fetched: string[] = [];
  return {
    certificate,
    fetched,
    fetchText: async (url) => {
      fetched.push(url);
      if (url === CERTIFICATE_URL) return { status: 200, text: certificate.pem };
      if (url.startsWith(`${SNS}/?Action=ConfirmSubscription&`)) return { status: 200, text: '<xml/>' };
      return { status: 404, text: 'not found' };
    },
  };
}

export interface SnsHook {
  body: Uint8Array;
  headers: Headers;
}

/** The fields that are signed, in the order of the documentation; Subject only where there is one. */
const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** A message as SNS posts it; `change` replaces fields before they are signed. */
export function snsHook(privateKey: KeyObject, change: Record<string, string> = {}): SnsHook {
  const { Type = 'Notification', TopicArn = TOPIC } = change;
  const message: Record<string, string> = {
    Type,
    MessageId: randomUUID(),
    TopicArn,
    Message: 'Hello',
    Timestamp: new Date().toISOString(),
    SignatureVersion: '2',
    SigningCertURL: CERTIFICATE_URL,
    ...(Type !== 'Notification' && {
      Token: '2336412f37fb687f5d51e6e2425f004aef'.repeat(4),
      SubscribeURL: `${SNS}/?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=2336412f37fb687f`,
    }),
    ...change,
  };
  const text = SIGNED.filter((name) => name in message)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const hash = message['SignatureVersion'] === '1' ? 'sha1' : 'sha256';
  const Signature = createSign(hash).update(text).sign(privateKey, 'base64');
  return hookOf({ Signature, ...message });
}

const hookOf = (message: object): SnsHook => ({
  body: new TextEncoder().encode(JSON.stringify(message)),
  headers: new Headers({
    'content-type': 'text/plain; charset=UTF-8',
    'x-amz-sns-message-type': 'Notification',
  }),
});
