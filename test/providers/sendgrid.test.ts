/** @module SendGrid: the contract against its fake, every documented answer, and its SDK on the same fake. */
import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig, type ProviderConfigOf } from '../../src/config.js';
import { createSendgridProvider } from '../../src/providers/sendgrid/sendgrid.js';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery, aRevision, providerContract, sha256 } from '../contracts/provider.js';
import { vendorFaults, type VendorUnderTest } from '../support/vendor-faults.js';
import {
  SENDGRID_KEY,
  sendgridBody,
  sendgridError,
  startSendgrid,
  VERIFICATION_KEY,
} from '../support/vendors/sendgrid.js';
import type { Fault } from '../support/vendors/vendor.js';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

type Config = ProviderConfigOf<'sendgrid'>;
type Settings = Partial<Pick<Config, 'url' | 'region' | 'sandboxMode' | 'tracking' | 'webhookSecret'>>;

function providerAt(settings: Settings, warned: object[] = []): Provider {
  const config = { name: 'sendgrid', type: 'sendgrid' as const, apiKey: SENDGRID_KEY, ...settings };
  const [parsed] = parseConfig({ providers: [config] }, 'test').providers;
  const note = (fields: object): void => void warned.push(fields);
  return createSendgridProvider(parsed as Config, { log: { warn: note, error: note } });
}

async function start(settings: Settings = {}): Promise<VendorUnderTest> {
  const fake = await startSendgrid();
  const warned: object[] = [];
  return {
    fake,
    provider: providerAt({ url: fake.url, ...settings }, warned),
    warned,
    secrets: [SENDGRID_KEY],
  };
}

async function started(settings: Settings = {}): Promise<VendorUnderTest> {
  const at = await start(settings);
  ended.push(async () => {
    await at.provider.close?.();
    await at.fake.stop();
  });
  return at;
}

providerContract('sendgrid', async () => {
  const { fake, provider } = await start({ webhookSecret: [VERIFICATION_KEY] });
  return {
    ...{ provider, arrived: () => fake.taken.length, secrets: [SENDGRID_KEY], webhook: null },
    stop: () => fake.stop(),
  };
});

vendorFaults('sendgrid', start);

const retry = (reason: string): object => ({ index: 0, outcome: 'not_sent_retry', reason });
const permanent = (reason: string): object => ({ index: 0, outcome: 'not_sent_permanent', reason });
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
    expect((await provider.send(aDelivery())).recipients).toEqual([answer]);
    expect([fake.requests.length, fake.taken.length]).toEqual([1, 0]);
  });

  test('one bad address of several leaves all of them to another provider', async () => {
    const { fake, provider } = await started();
    const revision = aRevision({ to: [{ address: 'a@x.example' }, { address: 'jos\u00e9@x.example' }] });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([permanent('refused'), { ...permanent('refused'), index: 1 }]);
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

const logo = Buffer.from('PNG');
const blobs = new Map([[sha256(logo), logo]]);
const whole = aRevision({
  from: { address: 'agent@sender.example', name: 'Añ Agent, of "ours"' },
  replyTo: { address: 'reply@sender.example', name: 'Replies' },
  to: [{ address: 'one@x.example', name: 'One' }, { address: 'two@x.example' }],
  cc: [{ address: 'three@x.example' }],
  bcc: [{ address: 'four@x.example' }],
  subject: 'Grüße',
  html: '<p>Hello <img src="cid:logo"></p>',
  headers: { 'X-Order': 'Größe 5' },
  attachments: [
    { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', size: 3, sha256: sha256(logo) },
    { filename: 'a.bin', contentType: 'multipart/mixed', size: 3, sha256: sha256(logo) },
  ],
  calendar: { method: 'REQUEST', ics: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' },
  inReplyTo: '<theirs@x.example>',
  category: 'conversational',
});

describe('what goes out', () => {
  test('it is all of the revision, with our id as a tag, and nothing that would change it on the way', async () => {
    const { fake, provider } = await started();
    const receipt = await provider.send(aDelivery({ revision: whole, blobs, id: 'order 7/\u00fc' }));
    expect(receipt.recipients.map(({ index, outcome }) => [index, outcome])).toEqual(
      [0, 1, 2, 3].map((index) => [index, 'accepted']),
    );
    expect(receipt.providerMessageId).toBe(fake.taken[0]?.id);
    expect(fake.taken[0]).toMatchObject({ tag: 'order 7/\u00fc' });
    expect(sendgridBody(fake.taken[0]!.request)).toMatchObject({
      personalizations: [
        {
          to: [{ email: 'one@x.example', name: 'One' }, { email: 'two@x.example' }],
          cc: [{ email: 'three@x.example' }],
          bcc: [{ email: 'four@x.example' }],
        },
      ],
      content: [
        { type: 'text/plain', value: 'Hello there.' },
        { type: 'text/html', value: whole.html },
        { type: 'text/calendar; method=REQUEST', value: whole.calendar?.ics },
      ],
      attachments: [
        {
          filename: 'logo.png',
          content: 'UE5H',
          disposition: 'inline',
          content_id: 'logo',
          type: 'image/png',
        },
        { filename: 'a.bin', disposition: 'attachment', type: 'application/octet-stream' },
      ],
      headers: {
        'X-Order': '=?UTF-8?B?R3LDtsOfZQ==?= 5',
        'Message-ID': '<msg-1.1@sender.example>',
        'In-Reply-To': '<theirs@x.example>',
        References: '<theirs@x.example>',
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
    const { recipients } = aDelivery({ revision: whole });
    await provider.send(aDelivery({ revision: whole, blobs, recipients: recipients.slice(0, 1) }));
    expect(fake.taken[0]?.to).toEqual(['one@x.example']);
  });

  test('an attachment whose bytes are not those that were judged stops it before the wire', async () => {
    const { fake, provider } = await started();
    const damaged = new Map([[sha256(logo), Buffer.from('GIF')]]);
    await expect(provider.send(aDelivery({ revision: whole, blobs: damaged }))).rejects.toThrow('damaged');
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
    await provider.send(aDelivery({ revision: whole, blobs }));
    const ours = sendgridBody(fake.taken[0]!.request);
    sdk.setApiKey(SENDGRID_KEY);
    // Setting the key sets the host back.
    sdk.client.setDefaultRequest('baseUrl', fake.url);
    const file = { content: logo.toString('base64'), filename: 'logo.png', type: 'image/png' };
    const off = { enable: false };
    const [answer] = await sdk.send({
      from: { email: whole.from.address, name: whole.from.name },
      replyTo: { email: 'reply@sender.example', name: 'Replies' },
      to: [{ email: 'one@x.example', name: 'One' }, { email: 'two@x.example' }],
      cc: { email: 'three@x.example' },
      bcc: { email: 'four@x.example' },
      subject: whole.subject,
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
