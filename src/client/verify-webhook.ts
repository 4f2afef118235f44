/** @module Whether a webhook is from Mailwarden, and the event that it carries. */
import { Webhook } from 'standardwebhooks';
import { WebhookSignatureError } from './errors.js';
import { jsonOf } from './try-once.js';
import type { MailwardenEvent } from './types.js';

export interface SignedWebhook {
  /** The body as it came, before anything parsed it. */
  payload: string | Uint8Array;
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `whsec_…`, as the webhook's creation or rotation showed it; several while they overlap. */
  secret: string | readonly string[];
}

/**
 * Compares in constant time, and refuses what is more than five minutes old. The same event may come more than once:
 * its `id` tells.
 * @throws WebhookSignatureError: answer 401, and the webhook comes again later.
 */
export function verifyWebhook({ payload, headers, secret }: SignedWebhook): MailwardenEvent {
  const text = typeof payload === 'string' ? payload : textOf(payload);
  const given = signatureHeaders(headers);
  const secrets = typeof secret === 'string' ? [secret] : secret;
  let failure: unknown = new Error('no secret was given');
  for (const one of secrets)
    try {
      new Webhook(one).verify(text, given, { jsonParse: false });
      return eventOf(text);
    } catch (error) {
      if (error instanceof WebhookSignatureError) throw error;
      failure = error;
    }
  throw refused(failure instanceof Error ? failure.message : 'the signature does not fit', failure);
}

function eventOf(text: string): MailwardenEvent {
  const event = jsonOf(text);
  if (typeof event === 'object' && event !== null && 'id' in event && 'type' in event)
    return event as MailwardenEvent;
  throw refused('the payload is not an event');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused('the payload is not UTF-8', cause);
  }
}

function signatureHeaders(headers: SignedWebhook['headers']): Record<string, string> {
  const all = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(
    all.flatMap(([name, value]) => {
      const one = typeof value === 'string' ? value : value?.[0];
      return one !== undefined && /^webhook-/iu.test(name) ? [[name.toLowerCase(), one]] : [];
    }),
  );
}

const refused = (message: string, cause?: unknown): WebhookSignatureError =>
  new WebhookSignatureError('invalid_signature', 403, message, {}, { cause });
