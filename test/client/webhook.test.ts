/** @module What `verifyWebhook` lets through, and what it refuses. */
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { verifyWebhook, WebhookSignatureError } from '../../src/client.js';

const SECRET = `whsec_${Buffer.from('a'.repeat(32)).toString('base64')}`;
const OTHER = `whsec_${Buffer.from('b'.repeat(32)).toString('base64')}`;
const EVENT = {
  id: 'evt_1',
  type: 'message.sent',
  data: { messageId: 'msg_1', recipient: 'zoë@example.com' },
};
const payload = JSON.stringify(EVENT);

const signed = (secret = SECRET, at = new Date(), body = payload): Record<string, string> => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': new Webhook(secret).sign('evt_1', at, body),
});

test('a genuine webhook is its event, as text or bytes, with headers of any kind', () => {
  const headers = signed();
  expect(verifyWebhook({ payload, headers, secret: SECRET })).toEqual(EVENT);
  const bytes = new TextEncoder().encode(payload);
  expect(verifyWebhook({ payload: bytes, headers: new Headers(headers), secret: SECRET })).toEqual(EVENT);
  const node = {
    ...Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toUpperCase(), [v]])),
    host: 'x',
  };
  expect(verifyWebhook({ payload, headers: node, secret: [OTHER, SECRET] })).toEqual(EVENT);
});

test.each([
  ['another secret', { headers: signed(OTHER) }],
  ['other content', { payload: payload.replace('sent', 'rent') }],
  ['no signature', { headers: {} }],
  ['more than five minutes of age', { headers: signed(SECRET, new Date(Date.now() - 301_000)) }],
  ['a time in the future', { headers: signed(SECRET, new Date(Date.now() + 900_000)) }],
  ['a signature of another version', { headers: { ...signed(), 'webhook-signature': 'v2,AAAA' } }],
  ['no secret to compare with', { secret: [] }],
  ['a secret that is none', { secret: 'whsec_' }],
  ['bytes that are no text', { payload: new Uint8Array([0xff, 0xfe]) }],
])('%s is refused', (_, over) => {
  const webhook = { payload, headers: signed(), secret: SECRET, ...over };
  expect(() => verifyWebhook(webhook)).toThrow(WebhookSignatureError);
});

test('a genuine webhook that is no event is refused', () => {
  const body = '["a"]';
  expect(() =>
    verifyWebhook({ payload: body, headers: signed(SECRET, new Date(), body), secret: SECRET }),
  ).toThrow('not an event');
});
