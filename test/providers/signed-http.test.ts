/** @module The generic signed HTTP provider: its whole form, as docs/providers.md promises it to whoever implements it. */
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { recipientsOf } from '../../src/core/email/revision.js';
import { createSignedHttpProvider } from '../../src/providers/own/signed-http.js';
import type { Provider } from '../../src/providers/provider.js';
import {
  aDelivery,
  aRevision,
  attachmentOf,
  blobsOf,
  permanent,
  providerContract,
  retry,
  signedReport,
  unknown,
} from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { startSignedService } from '../support/vendors/signed-service.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';
import type { Fault } from '../support/vendors/vendor.js';

const secretOf = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;
const secret = secretOf('a secret of thirty-two bytes ok!');
const webhookSecret = secretOf('another secret of thirty-two by!');

const { providerAt, started } = vendorSetUp({
  config: {
    name: 'own',
    type: 'http',
    url: 'https://mail.example.com',
    secret,
    webhookSecret: [webhookSecret],
  },
  create: createSignedHttpProvider,
  startFake: () => startSignedService(secret),
  secrets: [secret],
});

providerContract('http', async () => {
  const at = await started();
  const provider = providerAt({ url: `${at.fake.url.replace('//', '//user:pa%40ss@')}/send` });
  const secrets = [secret, webhookSecret, 'user', 'pa%40ss', 'pa@ss'];
  return contractOf({ ...at, provider, secrets }, signedReport(webhookSecret));
});

vendorFaults('a service of the user', started);

const answersTo = async (provider: Provider): Promise<object[]> =>
  (await provider.send(aDelivery())).recipients;

describe('each answer is what the form says', () => {
  test.each<[string, Fault, object]>([
    ['200 with an id', { status: 200, body: { id: 'x' }, taken: true }, { outcome: 'accepted' }],
    ['200 without one', { status: 200, body: { ok: true }, taken: true }, unknown],
    ['200 with a field nobody knows', { status: 200, body: { id: 'x', error: 'no' }, taken: true }, unknown],
    ['204', { status: 204, taken: true }, unknown],
    ['400', { status: 400 }, permanent('content')],
    [
      '422 about the recipient',
      { status: 422, body: { reason: 'recipient', smtpStatus: '5.1.1' } },
      permanent('recipient', { smtpStatus: '5.1.1' }),
    ],
    [
      '422 with content for another provider',
      { status: 422, body: { reason: 'refused' } },
      permanent('refused'),
    ],
    ['401', { status: 401 }, permanent('config')],
    ['404', { status: 404 }, permanent('config')],
    ['409, while the same key is under way', { status: 409 }, unknown],
    ['413', { status: 413 }, permanent('content')],
    ['429', { status: 429 }, retry('rate')],
    ['429 for the day', { status: 429, body: { reason: 'quota' } }, retry('quota')],
    ['503', { status: 503, body: {} }, retry('transient')],
    ['503 of a proxy', { status: 503, body: '<html>no backend</html>' }, unknown],
    ['a reason that is none', { status: 422, body: { reason: 'ann@x.example' } }, permanent('content')],
  ])('%s', async (_, fault, answer) => {
    const { fake: service, provider } = await started();
    service.faults.push(fault);
    expect(await answersTo(provider)).toEqual([{ index: 0, ...answer }]);
    expect(service.requests).toHaveLength(1);
  });

  test.each([429, 503])('Retry-After of a %s is honoured', async (status) => {
    const { fake: service, provider } = await started();
    service.faults.push({ status, headers: { 'retry-after': '3' }, body: {} });
    expect(await provider.send(aDelivery())).toMatchObject({ retryAfter: 3_000 });
  });

  const revision = aRevision({
    to: [{ address: 'Ann@x.example' }, { address: 'bob@x.example' }],
    bcc: [{ address: 'eve@y.example' }],
  });

  test('recipients may be answered one by one, by index or address; the others are accepted', async () => {
    const { fake: service, provider } = await started();
    const recipients = [
      { index: 1, outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '550' },
      { address: 'ann@x.example', outcome: 'unknown' },
    ];
    const body = { id: 'x', messageId: '<seen@x.example>', recipients };
    service.faults.push({ status: 200, body, taken: true });
    expect(await provider.send(aDelivery({ revision }))).toEqual({
      recipients: [
        { index: 0, outcome: 'unknown' },
        { index: 1, ...permanent('recipient', { smtpStatus: '550' }) },
        { index: 2, outcome: 'accepted' },
      ],
      providerMessageId: 'x',
      seenMessageId: '<seen@x.example>',
    });
  });

  test.each<[string, object]>([
    ['nobody of this call', { index: 7, outcome: 'accepted' }],
    ['nobody at all', { outcome: 'accepted' }],
    ['an outcome that is none', { index: 0, outcome: 'fine' }],
    ['a status that quotes', { index: 0, outcome: 'accepted', smtpStatus: '550 ann@x.example' }],
  ])('an answer about %s leaves all of them unknown', async (_, one) => {
    const { fake: service, provider } = await started();
    service.faults.push({ status: 200, body: { id: 'x', recipients: [one] }, taken: true });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([0, 1, 2].map((index) => ({ index, ...unknown })));
  });
});

test('the same key again is the first mail, and it says for how long', async () => {
  const { fake: service, provider } = await started({ dedupesFor: '1h' });
  expect(provider.capabilities.dedupesFor).toBe(3_600_000);
  service.faults.push('reset-after-body');
  const delivery = aDelivery();
  expect((await provider.send(delivery)).recipients).toEqual([{ index: 0, ...unknown }]);
  expect(await provider.send(delivery)).toMatchObject({ providerMessageId: 'svc-1' });
  expect(service.taken).toHaveLength(1);
});

describe('what is posted', () => {
  const file = Buffer.from('file');
  const revision = aRevision({
    to: [{ address: 'ann@x.example', name: 'Ann' }],
    bcc: [{ address: 'eve@y.example' }],
    replyTo: { address: 'desk@sender.example' },
    html: '<p>Hello</p>',
    headers: { 'X-Order': '4711' },
    inReplyTo: '<before@x.example>',
    calendar: { method: 'REQUEST', ics: 'BEGIN:VCALENDAR' },
    attachments: [attachmentOf(file, { filename: 'a.txt', contentType: 'text/plain', contentId: 'a' })],
  });
  const blobs = blobsOf(file);

  test('is the whole email, signed, to the recipients of the call', async () => {
    const { fake: service } = await started();
    const provider = providerAt({ url: `${service.url}/send?tenant=1` });
    const recipients = recipientsOf(revision).slice(1);
    const receipt = await provider.send(aDelivery({ revision, recipients, blobs, key: 'k.1' }));
    expect(receipt).toEqual({ recipients: [{ index: 1, outcome: 'accepted' }], providerMessageId: 'svc-1' });
    expect(service.requests[0]).toMatchObject({
      path: '/send?tenant=1',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k.1', 'webhook-id': 'k.1' },
    });
    const headers = {
      'X-Order': '4711',
      'X-Mailwarden-Id': 'msg_contract',
      'Auto-Submitted': 'auto-generated',
    };
    expect(service.emails).toEqual([
      {
        ...{ id: 'msg_contract', key: 'k.1' },
        recipients: [{ index: 1, kind: 'bcc', address: 'eve@y.example' }],
        ...{ messageId: revision.messageId, from: revision.from, to: revision.to, cc: [] },
        ...{ replyTo: revision.replyTo, subject: 'Hello', text: 'Hello there.', html: '<p>Hello</p>' },
        ...{ inReplyTo: '<before@x.example>', headers, category: 'transactional' },
        calendar: revision.calendar,
        attachments: [
          { filename: 'a.txt', contentType: 'text/plain', contentId: 'a', content: file.toString('base64') },
        ],
      },
    ]);
  });

  test('has a key that a header can carry, whatever id was chosen', async () => {
    const { fake: service, provider } = await started();
    for (const key of ['ä\r\nX-Evil: 1', 'k'.repeat(300)])
      expect((await provider.send(aDelivery({ key }))).recipients).toMatchObject([{ outcome: 'accepted' }]);
    expect(service.emails.map((one) => one.key)).toEqual(['ä\r\nX-Evil: 1', 'k'.repeat(300)]);
    expect(new Set(service.requests.map((one) => one.headers['idempotency-key'])).size).toBe(2);
  });

  test('is refused by a service that knows another secret', async () => {
    const { fake: service } = await started();
    const stranger = providerAt({ url: service.url, secret: secretOf('the secret of somebody else') });
    expect(await answersTo(stranger)).toEqual([{ index: 0, ...permanent('config') }]);
    await expect(stranger.check?.()).rejects.toThrow('answered 401 to a signed GET');
  });
});

test('a secret that is none is a mistake in the config that does not show it', () => {
  const make = (): Provider => providerAt({ secret: 's3cret-not-base64!' });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(/^provider own: secret must be whsec_ followed by base64$/u);
});
