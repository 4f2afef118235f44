/** @module Mailgun: the contract against its fake, every documented answer, every fault, and its SDK on the same fake. */
import Mailgun from 'mailgun.js';
import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig, type ConfigInput, type ProviderConfigOf } from '../../src/config.js';
import { recipientsOf } from '../../src/core/email/revision.js';
import { createMailgunProvider } from '../../src/providers/mailgun/mailgun.js';
import { composeMime } from '../../src/providers/mime.js';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery, aRevision, providerContract, sha256 } from '../contracts/provider.js';
import { vendorFaults } from '../support/vendor-faults.js';
import { formOf, MAILGUN_DOMAIN, startMailgun } from '../support/vendors/mailgun.js';
import type { Fault } from '../support/vendors/vendor.js';

const apiKey = 'key-0123456789abcdef0123456789abcdef';
const signingKey = 'a-webhook-signing-key';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

type Input = Extract<NonNullable<ConfigInput['providers']>[number], { type: 'mailgun' }>;
type Settings = Partial<Input>;

function providerAt(url: string, settings: Settings = {}, warned: object[] = []): Provider {
  const config: Input = { name: 'mailgun', type: 'mailgun', apiKey, url, domain: MAILGUN_DOMAIN };
  const [parsed] = parseConfig({ providers: [{ ...config, ...settings }] }, 'test').providers;
  const log = { warn: (fields: object) => void warned.push(fields) };
  return createMailgunProvider(parsed as ProviderConfigOf<'mailgun'>, { log } as never);
}

async function started(settings: Settings = {}) {
  const fake = await startMailgun({ apiKey, signingKey });
  const provider = providerAt(fake.url, settings);
  ended.push(async () => {
    await provider.close?.();
    await fake.stop();
  });
  return { fake, provider };
}

/** The only recipient's answer, without its index. */
async function answerTo(provider: Provider): Promise<object> {
  const { recipients } = await provider.send(aDelivery());
  const [{ index, ...answer } = { index: -1 }] = recipients;
  expect([index, recipients.length]).toEqual([0, 1]);
  return answer;
}

providerContract('mailgun', async () => {
  const fake = await startMailgun({ apiKey, signingKey });
  return {
    provider: providerAt(fake.url, { webhookSecret: [signingKey] }),
    arrived: () => fake.taken.length,
    secrets: [apiKey, signingKey],
    webhook: null,
    stop: () => fake.stop(),
  };
});

const retry = (reason: string): object => ({ outcome: 'not_sent_retry', reason });
const permanent = (reason: string): object => ({ outcome: 'not_sent_permanent', reason });
const unknown = { outcome: 'unknown' };
const says = (status: number, message?: string): Fault => ({
  status,
  ...(message !== undefined && { body: { message } }),
});

describe('each answer is what it says, and no more', () => {
  test.each<[string, Fault, object]>([
    [
      'a bad recipient',
      says(400, "'to' parameter is not a valid address. please check documentation"),
      permanent('recipient'),
    ],
    ['a bad sender', says(400, "'from' parameter is not a valid address"), permanent('config')],
    ['bad content', says(400, 'MIME message is not valid'), permanent('content')],
    ['a bad key', says(401, 'Invalid private key'), permanent('config')],
    ['an unpaid account', says(402), permanent('config')],
    ['a key without the right', says(403, 'Forbidden'), permanent('config')],
    ['a page that forbids', { status: 403, body: '<html>blocked</html>' }, permanent('config')],
    ['a domain not known yet', says(404, 'Domain not found'), retry('config')],
    ['too large a message', says(413), permanent('content')],
    ['too many requests', says(429, 'Too many requests'), retry('rate')],
    ['a used-up allowance', says(429, 'Domain has reached its hourly limit'), retry('quota')],
    ['an undocumented 503', says(503), unknown],
    ['an id that is a sentence', { status: 200, body: { id: 'not sent, sorry' }, taken: true }, unknown],
    ['an answer without id', { status: 200, body: { message: 'Queued.' }, taken: true }, unknown],
  ])('%s', async (_, fault, answer) => {
    const { fake, provider } = await started();
    fake.faults.push(fault);
    expect(await answerTo(provider)).toEqual(answer);
    expect(fake.requests).toHaveLength(1);
  });

  test('one bad address of several leaves the others to another provider', async () => {
    const { fake, provider } = await started();
    fake.faults.push(says(400, "'to' parameter is not a valid address"));
    const revision = aRevision({ to: [{ address: 'a@x.example' }, { address: 'b@x.example' }] });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([0, 1].map((index) => ({ index, ...permanent('refused') })));
  });

  test('Retry-After is honoured where it says when to come back', async () => {
    const { fake, provider } = await started();
    fake.faults.push({ status: 429, headers: { 'retry-after': '7' }, body: {} }, says(429));
    expect((await provider.send(aDelivery())).retryAfter).toBe(7_000);
    expect(await provider.send(aDelivery())).not.toHaveProperty('retryAfter');
  });
});

vendorFaults('mailgun', async () => {
  const fake = await startMailgun({ apiKey, signingKey });
  const warned: object[] = [];
  return { fake, provider: providerAt(fake.url, {}, warned), warned, secrets: [apiKey] };
});

describe('what goes out', () => {
  const invitation = Buffer.from('file');
  const revision = aRevision({
    to: [{ address: 'ann@x.example', name: 'Ann, of X' }, { address: 'bob@x.example' }],
    bcc: [{ address: 'eve@y.example' }],
    replyTo: { address: 'desk@sender.example' },
    subject: 'Grüße — 你好',
    html: '<p>Hello <img src="cid:logo"></p>',
    headers: { 'X-Order': '4711' },
    inReplyTo: '<before@x.example>',
    calendar: { method: 'REQUEST', ics: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' },
    attachments: [
      {
        ...{ filename: 'logo.png', contentType: 'image/png', contentId: 'logo' },
        ...{ size: invitation.length, sha256: sha256(invitation) },
      },
    ],
  });
  const blobs = new Map([[sha256(invitation), invitation]]);

  test('is our MIME, to the recipients of the call, with our id and without tracking', async () => {
    const { fake, provider } = await started();
    const id = 'order 4711/ä';
    const recipients = recipientsOf(revision).slice(1);
    const receipt = await provider.send(aDelivery({ id, revision, recipients, blobs }));
    expect(receipt).toEqual({
      recipients: [1, 2].map((index) => ({ index, outcome: 'accepted' })),
      providerMessageId: revision.messageId,
    });
    const [taken] = fake.taken;
    expect(taken).toMatchObject({ tag: id, to: ['bob@x.example', 'eve@y.example'] });
    const form = formOf(taken?.request as never);
    expect(form.entries.filter(([name]) => name !== 'message')).toEqual([
      ['to', 'bob@x.example'],
      ['to', 'eve@y.example'],
      ['o:tag', 'transactional'],
      ['o:tracking', 'no'],
      ['o:tracking-opens', 'no'],
      ['o:tracking-clicks', 'no'],
      ['v:mailwarden', `id:${id}`],
    ]);
    const mime = form.get('message') ?? '';
    for (const part of [
      'X-Order: 4711',
      'text/calendar',
      'Content-ID: <logo>',
      'In-Reply-To: <before@x.example>',
    ])
      expect(mime).toContain(part);
    expect(mime).toContain(`Message-ID: ${revision.messageId}`);
    expect(mime).not.toMatch(/eve@|^bcc/imu);
  });

  test('has tracking and test mode where they are set', async () => {
    const { fake, provider } = await started({
      testMode: true,
      tracking: { opens: false, clicks: true },
    });
    await provider.send(aDelivery());
    const form = formOf(fake.taken[0]?.request as never);
    const options = ['o:testmode', 'o:tracking', 'o:tracking-opens', 'o:tracking-clicks'];
    expect(options.map((name) => form.get(name))).toEqual(['yes', 'yes', 'no', 'yes']);
  });

  test('names the Message-ID that the recipient sees where it is not ours', async () => {
    const { fake, provider } = await started();
    fake.faults.push({ status: 200, body: { id: '<other@mg.example>', message: 'Queued.' }, taken: true });
    expect(await provider.send(aDelivery())).toMatchObject({
      providerMessageId: '<other@mg.example>',
      seenMessageId: '<other@mg.example>',
    });
  });

  test('equals field by field what its own SDK sends for the same mail', async () => {
    const { fake, provider } = await started();
    const delivery = aDelivery({ revision, blobs });
    await provider.send(delivery);
    const sdk = new Mailgun(FormData).client({ username: 'api', key: apiKey, url: fake.url });
    const answer = await sdk.messages.create(MAILGUN_DOMAIN, {
      to: delivery.recipients.map((one) => one.address),
      message: await composeMime(delivery),
      'o:tag': 'transactional',
      'o:tracking': 'no',
      'o:tracking-opens': 'no',
      'o:tracking-clicks': 'no',
      'v:mailwarden': `id:${delivery.id}`,
    });
    expect(answer).toMatchObject({ status: 200, id: revision.messageId });
    const [ours, theirs] = fake.taken.map(({ request }) => request);
    expect([theirs?.method, theirs?.path]).toEqual([ours?.method, ours?.path]);
    expect(theirs?.headers.authorization).toBe(ours?.headers.authorization);
    // Date, and boundaries that nodemailer draws, differ between two compositions; the order of fields is free.
    const plain = (request: typeof ours): string[] =>
      formOf(request as never)
        .entries.map(([name, value]) => `${name}=${value}`)
        .map((one) => one.replace(/^Date: .*$/gmu, '').replace(/-*_NmP-[\w-]+/gu, '_NmP'))
        .sort();
    expect(plain(theirs)).toEqual(plain(ours));
  });
});

describe('what became of an unknown send', () => {
  const sought = (signal = AbortSignal.timeout(5_000)) => {
    const { id, revision, recipients } = aDelivery();
    return { id, messageId: revision.messageId, recipients, at: new Date(), signal };
  };
  const look = async (provider: Provider): Promise<unknown> => await provider.lookup?.(sought());

  test('is found by its Message-ID once their log has it', async () => {
    const { fake, provider } = await started();
    expect(await look(provider)).toBeNull();
    fake.faults.push('reset-after-body');
    expect(await answerTo(provider)).toEqual(unknown);
    expect(await look(provider)).toMatchObject({ recipients: [{ index: 0, outcome: 'accepted' }] });
    const { path } = fake.requests.at(-1) as { path: string };
    expect(path).toContain(`message-id=${encodeURIComponent('msg-1.1@sender.example')}`);
  });

  test('is not known from a refusal, and an answer that is none is no answer', async () => {
    const { fake, provider } = await started();
    fake.events.push({
      event: 'rejected',
      recipient: 'delivered@sandbox.test',
      message: { headers: { 'message-id': 'msg-1.1@sender.example' } },
    });
    expect(await look(provider)).toBeNull();
    const wrong = providerAt(fake.url, { apiKey: 'key-of-somebody-else' });
    await expect(wrong.lookup?.(sought())).rejects.toThrow(/^mailgun: answered 401$/u);
    await wrong.close?.();
  });
});

test('a check signs in and sends nothing; with a wrong key it fails without showing it', async () => {
  const { fake, provider } = await started();
  await provider.check?.();
  const other = providerAt(fake.url, { apiKey: 'key-of-somebody-else' });
  await expect(other.check?.()).rejects.toThrow(/^(?!.*somebody).*401/u);
  await other.close?.();
  expect(fake.taken).toHaveLength(0);
});

test('the region says where the API is', () => {
  const at = (region: 'us' | 'eu') => {
    const [config] = parseConfig(
      { providers: [{ name: 'm', type: 'mailgun', apiKey, domain: MAILGUN_DOMAIN, region }] },
      'test',
    ).providers;
    return createMailgunProvider(config as ProviderConfigOf<'mailgun'>, {}).describe();
  };
  expect([at('us'), at('eu')]).toEqual([
    `api.mailgun.net/${MAILGUN_DOMAIN}`,
    `api.eu.mailgun.net/${MAILGUN_DOMAIN}`,
  ]);
});
