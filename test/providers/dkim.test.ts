/** @module DKIM signatures, checked by a verifier of our own after they went over the wire. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.js';
import { createDkimSigner } from '../../src/providers/smtp/dkim.js';
import { createProviders } from '../../src/providers/index.js';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery, aRevision } from '../contracts/provider.js';
import { verifyDkim } from '../support/dkim.js';
import { startSmtpServer } from '../support/smtp.js';

const pemOf = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' }));
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const settings = { domain: 'sender.example', selector: 'mw1', privateKey: pemOf(privateKey) };

function providerAt(url: string, dkim: typeof settings): Provider {
  const { providers } = parseConfig({ providers: [{ name: 'smtp', type: 'smtp', url, dkim }] }, 'test');
  const provider = createProviders(providers).get('smtp') as Provider;
  onTestFinished(async () => provider.close?.());
  return provider;
}

describe('mail by SMTP', () => {
  test.each<[string, object]>([
    ['a plain text', {}],
    [
      'lines that begin with dots, and white space at the ends',
      { text: '.\r\n..a  \r\n\r\n b\t c \r\n\r\n\r\n' },
    ],
    [
      'letters of every kind',
      { subject: 'Grüße — 你好 🚀 '.repeat(12), text: 'Grüße — 你好', html: '<p>Grüße</p>' },
    ],
    ['an empty body', { text: '' }],
  ])('with %s arrives with a signature that holds', async (_, change) => {
    const server = await startSmtpServer();
    onTestFinished(() => server.stop());
    const revision = aRevision({ inReplyTo: '<before@x.example>', headers: { 'X-Order': '1' }, ...change });
    const receipt = await providerAt(server.url, settings).send(aDelivery({ revision }));
    expect(receipt.recipients).toMatchObject([{ outcome: 'accepted' }]);
    const raw = server.received[0]?.raw ?? '';
    const { valid, tags, signed } = verifyDkim(raw, publicKey);
    expect(valid).toBe(true);
    expect(tags).toMatchObject({
      v: '1',
      a: 'rsa-sha256',
      c: 'relaxed/relaxed',
      d: 'sender.example',
      s: 'mw1',
    });
    for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'in-reply-to', 'content-type'])
      expect(signed).toContain(name);
    expect(verifyDkim(raw.replace(/^Subject: ./mu, 'Subject: X'), publicKey).valid).toBe(false);
    expect(verifyDkim(`${raw}\r\nand more`, publicKey).valid).toBe(false);
  });
});

test('both headers of one-click unsubscribing are signed (RFC 8058)', async () => {
  const mime = [
    ...[
      'From: a@sender.example',
      'To: b@x.example',
      'Subject: News',
      'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    ],
    'List-Unsubscribe: <https://sender.example/u/1>,\r\n <mailto:u@sender.example>',
    ...['List-Unsubscribe-Post: List-Unsubscribe=One-Click', '', 'Hello.', ''],
  ].join('\r\n');
  const raw = (await createDkimSigner('smtp', settings)(Buffer.from(mime))).toString();
  expect(raw.endsWith(mime)).toBe(true);
  const { valid, signed } = verifyDkim(raw, publicKey);
  expect(valid).toBe(true);
  expect(signed).toEqual(expect.arrayContaining(['list-unsubscribe', 'list-unsubscribe-post']));
  const forged = raw.replace('List-Unsubscribe=One-Click', 'List-Unsubscribe=Never');
  expect(verifyDkim(forged, publicKey).valid).toBe(false);
});

test.each([
  ['no key at all', 's3cret-no-pem'],
  ['a key of another kind', pemOf(generateKeyPairSync('ed25519').privateKey)],
  ['a short one', pemOf(generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey)],
  ['a public one', String(publicKey.export({ type: 'spki', format: 'pem' }))],
])('%s is a mistake in the config, and no mail goes unsigned', (_, key) => {
  const make = (): unknown => createDkimSigner('smtp', { ...settings, privateKey: key });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(/^provider smtp: dkim.privateKey must be an RSA private key in PEM[^-]*$/u);
});
