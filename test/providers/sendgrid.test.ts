/** @module SendGrid: the contract against its fake, every documented answer, and its SDK on the same fake. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { createSendgridProvider } from '../../src/providers/sendgrid/sendgrid.js';
import { aDelivery, aRevision, permanent, providerContract, retry } from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { aDamagedDelivery, aFullDelivery, PICTURE_BASE64 } from '../support/vendors/full-email.js';
import {
  SENDGRID_KEY,
  sendgridBody,
  sendgridError,
  startSendgrid,
  VERIFICATION_KEY,
} from '../support/vendors/sendgrid.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';
import type { Fault } from '../support/vendors/vendor.js';

const { providerAt, started } = vendorSetUp({
  config: { name: 'sendgrid', type: 'sendgrid', apiKey: SENDGRID_KEY },
  create: createSendgridProvider,
  startFake: startSendgrid,
  secrets: [SENDGRID_KEY],
});

providerContract('sendgrid', async () => contractOf(await started({ webhookSecret: [VERIFICATION_KEY] })));

vendorFaults('sendgrid', started);

const says = sendgridError;

describe('each answer is what it says, and no more', () => {
  test.each<[string, Fault, object]>([
    [
      'a bad recipient',
      says(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email'),
      permanent('recipient'),
    ],
    ['no subject', says(400, 'The subject is required.', 'subject'), permanent('refused')],
    [
      'no recipient in To',
      says(400, 'The to array is required', 'personalizations.0.to'),
      permanent('refused'),
    ],
    [
      'an empty body',
      says(400, 'must be a string at least one character', 'content.0.value'),
      permanent('refused'),
    ],
    ['a bad sender', says(400, 'Does not contain a valid address.', 'from.email'), permanent('config')],
    ['a bad header', says(400, 'is reserved', 'headers.x'), permanent('content')],
    ['a field that we do not know', says(400, 'Bad Request'), permanent('content')],
    ['a bad key', says(401, 'The provided authorization grant is invalid'), permanent('config')],
    ['a plan that is used up', says(401, 'Maximum credits exceeded'), permanent('quota')],
    [
      'a sender that is not verified',
      says(403, 'The from address does not match a verified Sender Identity', 'from'),
      permanent('config'),
    ],
    ['a page that forbids', { status: 403, body: '<html>blocked</html>' }, permanent('config')],
    ['too large a mail', says(413, 'too large'), permanent('content')],
    ['too many requests', says(429, 'too many requests'), retry('rate')],
    ['an API that is not available', says(503, 'not available'), retry('transient')],
  ])('%s', async (_, fault, answer) => {
    const { fake, provider } = await started();
    fake.faults.push(fault);
    expect((await provider.send(aDelivery())).recipients).toEqual([{ index: 0, ...answer }]);
    expect([fake.requests.length, fake.taken.length]).toEqual([1, 0]);
  });

  test('one bad address of several leaves all of them to another provider', async () => {
    const { fake, provider } = await started();
    const revision = aRevision({ to: [{ address: 'a@x.example' }, { address: 'jos\u00e9@x.example' }] });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([0, 1].map((index) => ({ index, ...permanent('refused') })));
    expect(fake.taken).toHaveLength(0);
  });

  test('how long to wait comes from Retry-After, else from X-RateLimit-Reset by their own clock', async () => {
    const { fake, provider } = await started();
    const date = new Date('2026-11-22T10:00:00Z');
    const reset = { 'x-ratelimit-reset': String(date.getTime() / 1_000 + 12), date: date.toUTCString() };
    fake.faults.push(
      { status: 429, headers: { ...reset, 'retry-after': '7' } },
      { status: 429, headers: reset },
      { status: 429 },
    );
    const waits = [];
    for (let i = 0; i < 3; i++) waits.push((await provider.send(aDelivery())).retryAfter);
    expect(waits).toEqual([7_000, 12_000, undefined]);
  });
});

/** With a header that SendGrid does not encode by itself. */
const aWholeDelivery = () => aFullDelivery({ headers: { 'X-Order': 'Größe 5' }, category: 'conversational' });

describe('what goes out', () => {
  test('it is all of the revision, with our id as a tag, and nothing that would change it on the way', async () => {
    const { fake, provider } = await started();
    const full = aWholeDelivery();
    const receipt = await provider.send({ ...full, id: 'order 7/\u00fc' });
    expect(receipt.recipients.map(({ index, outcome }) => [index, outcome])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'accepted']),
    );
    expect(receipt.providerMessageId).toBe(fake.taken[0]?.id);
    expect(fake.taken[0]).toMatchObject({ tag: 'order 7/\u00fc' });
    expect(sendgridBody(fake.taken[0]!.request)).toMatchObject({
      personalizations: [
        {
          to: [{ email: 'one@example.com', name: 'One, the first' }, { email: 'two@example.com' }],
          cc: [{ email: 'three@example.com' }],
          bcc: [{ email: 'four@example.com' }],
        },
      ],
      content: [
        { type: 'text/plain', value: 'Hello there.' },
        { type: 'text/html', value: full.revision.html },
        { type: 'text/calendar; method=REQUEST', value: full.revision.calendar?.ics },
      ],
      attachments: [
        {
          filename: 'logo.png',
          content: PICTURE_BASE64,
          disposition: 'inline',
          content_id: 'logo',
          type: 'image/png',
        },
        { filename: 'a.bin', disposition: 'attachment', type: 'application/octet-stream' },
      ],
      headers: {
        'X-Order': '=?UTF-8?B?R3LDtsOfZQ==?= 5',
        'Message-ID': '<msg-1.1@sender.example>',
        'In-Reply-To': '<before@example.com>',
        References: '<before@example.com>',
        'Auto-Submitted': 'auto-generated',
      },
      categories: ['conversational'],
      mail_settings: { footer: { enable: false }, sandbox_mode: { enable: false } },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: false },
        subscription_tracking: { enable: false },
        ganalytics: { enable: false },
      },
    });
  });

  test('it goes to those of the call alone', async () => {
    const { fake, provider } = await started();
    const full = aWholeDelivery();
    await provider.send({ ...full, recipients: full.recipients.slice(0, 1) });
    expect(fake.taken[0]?.to).toEqual(['one@example.com']);
  });

  test('an attachment whose bytes are not those that were judged stops it before the wire', async () => {
    const { fake, provider } = await started();
    await expect(provider.send(aDamagedDelivery())).rejects.toThrow('damaged');
    expect(fake.requests).toHaveLength(0);
  });

  test('in sandbox mode it is checked, and goes nowhere', async () => {
    const { fake, provider } = await started({ sandboxMode: true });
    expect((await provider.send(aDelivery())).recipients).toEqual([{ index: 0, outcome: 'accepted' }]);
    expect(fake.taken).toHaveLength(0);
  });

  test('tracking is on where it was asked for', async () => {
    const { fake, provider } = await started({ tracking: { opens: true, clicks: true } });
    await provider.send(aDelivery());
    expect(sendgridBody(fake.taken[0]!.request)).toMatchObject({
      tracking_settings: { click_tracking: { enable: true }, open_tracking: { enable: true } },
    });
  });

  test('the region chooses the host', () => {
    const hosts = (['global', 'eu'] as const).map((region) => providerAt({ region }).describe());
    expect(hosts).toEqual(['api.sendgrid.com', 'api.eu.sendgrid.com']);
  });
});

interface SendgridSdk {
  client: { setDefaultRequest(name: string, value: string): void };
  setApiKey(key: string): void;
  send(mail: object): Promise<[{ statusCode: number; headers: Record<string, string> }]>;
}

describe('the official SDK', () => {
  const sdk = createRequire(import.meta.url)('@sendgrid/mail') as SendgridSdk;

  test('it is taken by the same fake, and says the same as we do', async () => {
    const { fake, provider } = await started();
    await provider.send(aWholeDelivery());
    const ours = sendgridBody(fake.taken[0]!.request);
    sdk.setApiKey(SENDGRID_KEY);
    // Setting the key sets the host back.
    sdk.client.setDefaultRequest('baseUrl', fake.url);
    const file = { content: PICTURE_BASE64, filename: 'logo.png', type: 'image/png' };
    const off = { enable: false };
    const [answer] = await sdk.send({
      from: { email: 'agent@sender.example', name: 'Añ Agent, of "ours"' },
      replyTo: { email: 'desk@sender.example', name: 'Jürgen Öl' },
      to: [{ email: 'one@example.com', name: 'One, the first' }, { email: 'two@example.com' }],
      cc: { email: 'three@example.com' },
      bcc: { email: 'four@example.com' },
      subject: 'Grüße — 你好',
      // It orders text before HTML by itself.
      content: ours.content,
      attachments: [
        { ...file, disposition: 'inline', content_id: 'logo' },
        { ...file, filename: 'a.bin', type: 'application/octet-stream', disposition: 'attachment' },
      ],
      headers: ours.headers,
      categories: ['conversational'],
      customArgs: { mailwarden_id: 'msg_contract' },
      mailSettings: { footer: off, sandboxMode: off },
      trackingSettings: {
        clickTracking: { enable: false, enableText: false },
        openTracking: off,
        subscriptionTracking: off,
        ganalytics: off,
      },
    });
    expect([answer.statusCode, answer.headers['x-message-id']]).toEqual([202, fake.taken[1]?.id]);
    expect(ours).toEqual(sendgridBody(fake.taken[1]!.request));
    // It copies the mail's headers into the HTTP request; ours stay in the mail.
    expect(fake.taken[1]?.request.headers['x-order']).toBeDefined();
    expect(fake.taken[0]?.request.headers['x-order']).toBeUndefined();
  });
});
