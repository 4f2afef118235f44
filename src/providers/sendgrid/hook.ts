/**
 * @module Webhooks of SendGrid, and who may be believed:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
 * ECDSA over the timestamp and the raw bytes; `webhookSecret` is the public key that SendGrid shows.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { ConfigError } from '../../config.js';
import { noSecret, refused } from '../vendor/hook-refusal.js';
import { isFresh, jsonOf } from '../vendor/hook-report.js';
import type { Provider } from '../provider.js';
import { sendgridReports } from './event.js';

/**
 * SendGrid repeats what we did not take for 24 hours (…/tracking-events/troubleshooting), and nobody documents that a
 * repetition is signed anew. With the usual five minutes an outage of ours would lose its bounces for good, while a copy
 * of a genuine webhook does nothing at any age: its reports have the same ids.
 */
const OLDEST_MS = 25 * 3_600_000;

/** Verifies and reads a webhook; without a key nobody can be believed. @throws ConfigError for what is no key. */
export function createSendgridReader(name: string, publicKeys: readonly string[]): Provider['readHook'] {
  const keys = publicKeys.map((one) => keyOf(name, one));
  return async ({ body, headers, now }) => {
    if (keys.length === 0) throw noSecret(name);
    const timestamp = headers.get('x-twilio-email-event-webhook-timestamp') ?? '';
    const signature = headers.get('x-twilio-email-event-webhook-signature') ?? '';
    // Digits only, or one could move between the timestamp and a body: nothing stands between them in what is signed.
    if (!/^\d{10}$/u.test(timestamp))
      throw refused('X-Twilio-Email-Event-Webhook-Timestamp must be in seconds');
    if (!isFresh(new Date(Number(timestamp) * 1_000), now, OLDEST_MS))
      throw refused('X-Twilio-Email-Event-Webhook-Timestamp must be at most 25 hours old');
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    if (!keys.some((key) => verify('sha256', signed, key, Buffer.from(signature, 'base64'))))
      throw refused('X-Twilio-Email-Event-Webhook-Signature does not sign this body');
    return { reports: sendgridReports(jsonOf(body)) };
  };
}

/** As SendGrid shows it (base64 of SubjectPublicKeyInfo), or as PEM. */
function keyOf(name: string, text: string): KeyObject {
  try {
    const key = text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // The same words as for a key of another kind.
  }
  throw new ConfigError(
    `provider ${name}: webhookSecret must be the verification key of SendGrid's signed event webhook (base64 or PEM)`,
  );
}
