/** @module Mailgun: the contract against its fake, every documented answer, every fault, and its SDK on the same fake. */
import Mailgun from 'mailgun.js';
import { describe, expect, test } from 'vitest';
import { createMailgunProvider } from '../../src/providers/mailgun/mailgun.js';
import { composeMime } from '../../src/providers/mime.js';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery, aRevision, permanent, providerContract, retry, unknown } from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { aFullDelivery } from '../support/vendors/full-email.js';
import { formOf, MAILGUN_DOMAIN, startMailgun } from '../support/vendors/mailgun.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';
import type { Fault } from '../support/vendors/vendor.js';

const apiKey = 'key-0123456789abcdef0123456789abcdef';
const signingKey = 'a-webhook-signing-key';

const { providerAt, started } = vendorSetUp({
  config: { name: 'mailgun', type: 'mailgun', apiKey, domain: MAILGUN_DOMAIN },
  create: createMailgunProvider,
  startFake: () => startMailgun({ apiKey, signingKey }),
  secrets: [apiKey, signingKey],
});

/** The only recipient's answer, without its index. */
async function answerTo(provider: Provider): Promise<object> {
  const { recipients } = await provider.send(aDelivery());
  const [{ index, ...answer } = { index: -1 }] = recipients;
  expect([index, recipients.length]).toEqual([0, 1]);
  return answer;
}

providerContract('mailgun', async () => contractOf(await started({ webhookSecret: [signingKey] })));

vendorFaults('mailgun', started);

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

describe('what goes out', () => {
  test('is our MIME, to the recipients of the call, with our id and without tracking', async () => {
    const { fake, provider } = await started();
    const id = 'order 4711/ä';
    const full = aFullDelivery();
    const { messageId } = full.revision;
    const recipients = full.recipients.slice(1);
    expect(await provider.send({ ...full, id, recipients })).toEqual({
      recipients: [1, 2, 3].map((index) => ({ index, outcome: 'accepted' })),
      providerMessageId: messageId,
    });
    const [taken] = fake.taken;
    expect(taken).toMatchObject({
      tag: id,
      to: ['two@example.com', 'three@example.com', 'four@example.com'],
    });
    const form = formOf(taken?.request as never);
    expect(form.entries.filter(([name]) => name !== 'message')).toEqual([
      ['to', 'two@example.com'],
      ['to', 'three@example.com'],
      ['to', 'four@example.com'],
      ['o:tag', 'transactional'],
      ['o:tracking', 'no'],
      ['o:tracking-opens', 'no'],
      ['o:tracking-clicks', 'no'],
      ['v:mailwarden', `id:${id}`],
    ]);
    const mime = form.get('message') ?? '';
    for (const part of [
      'X-Ticket: 7',
      'text/calendar',
      'Content-ID: <logo>',
      'In-Reply-To: <before@example.com>',
    ])
      expect(mime).toContain(part);
    expect(mime).toContain(`Message-ID: ${messageId}`);
    expect(mime).not.toMatch(/four@|^bcc/imu);
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
    const delivery = aFullDelivery();
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
    expect(answer).toMatchObject({ status: 200, id: delivery.revision.messageId });
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

  test('is not known from an earlier try of the same email', async () => {
    const { fake, provider } = await started();
    await provider.send(aDelivery());
    const at = new Date();
    // Under one Message-ID: the try before this one, which bounced softly a minute ago.
    for (const event of fake.events) event.timestamp = at.getTime() / 1_000 - 60;
    expect(fake.events).toHaveLength(1);
    expect(await provider.lookup?.({ ...sought(), at })).toBeNull();
    for (const event of fake.events) event.timestamp = at.getTime() / 1_000 - 10;
    expect(await provider.lookup?.({ ...sought(), at })).not.toBeNull();
  });

  test('is not known from a refusal, and an answer that is none is no answer', async () => {
    const { fake, provider } = await started();
    fake.events.push({
      event: 'rejected',
      timestamp: Date.now() / 1_000,
      recipient: 'delivered@sandbox.test',
      message: { headers: { 'message-id': 'msg-1.1@sender.example' } },
    });
    expect(await look(provider)).toBeNull();
    const wrong = providerAt({ url: fake.url, apiKey: 'key-of-somebody-else' });
    await expect(wrong.lookup?.(sought())).rejects.toThrow(/^mailgun: answered 401$/u);
  });
});

test('a check signs in and sends nothing; with a wrong key it fails without showing it', async () => {
  const { fake, provider } = await started();
  await provider.check?.();
  const other = providerAt({ url: fake.url, apiKey: 'key-of-somebody-else' });
  await expect(other.check?.()).rejects.toThrow(/^(?!.*somebody).*401/u);
  expect(fake.taken).toHaveLength(0);
});

test('the region says where the API is', () => {
  const at = (region: 'us' | 'eu') => providerAt({ region }).describe();
  expect([at('us'), at('eu')]).toEqual([
    `api.mailgun.net/${MAILGUN_DOMAIN}`,
    `api.eu.mailgun.net/${MAILGUN_DOMAIN}`,
  ]);
});
