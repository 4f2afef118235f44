/** @module Resend: the contract and the faults against its fake, every documented answer, and its SDK on the same fake. */
import { Resend } from 'resend';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, Provider } from '../../src/providers/provider.js';
import { resendReceipt } from '../../src/providers/resend/answer.js';
import { createResendProvider } from '../../src/providers/resend/resend.js';
import { aDelivery, aRevision, permanent, providerContract, retry, unknown } from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { aDamagedDelivery, aFullDelivery, ICS, PICTURE_BASE64 } from '../support/vendors/full-email.js';
import {
  RESEND_KEY,
  RESEND_SECRET,
  RESEND_SENDING_KEY,
  signedBySvix,
  startResend,
  type ResendFake,
} from '../support/vendors/resend.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';

const { providerAt, started } = vendorSetUp({
  config: { name: 'resend', type: 'resend', apiKey: RESEND_KEY, webhookSecret: [RESEND_SECRET] },
  create: createResendProvider,
  startFake: startResend,
  secrets: [RESEND_KEY, RESEND_SECRET],
});

providerContract('resend', async () =>
  contractOf(await started(), (report) => {
    const { reportId, message } = report as { reportId: string; message: string };
    const data = { email_id: message, to: ['delivered@sandbox.test'] };
    const event = { type: 'email.delivered', created_at: '2026-11-22T10:00:00Z', data };
    return signedBySvix(RESEND_SECRET, event, { id: reportId });
  }),
);

vendorFaults('resend', started);

describe('resend', () => {
  let vendor: ResendFake;
  let provider: Provider;
  let full: Delivery;
  let logged: () => string;
  beforeEach(async () => {
    ({ fake: vendor, provider, logged } = await started());
    full = aFullDelivery();
  });

  test('what we send is what the SDK sends for the same email', async () => {
    await provider.send(full);
    const sdk = new Resend(RESEND_KEY, { baseUrl: vendor.url });
    const { data, error } = await sdk.emails.send(
      {
        from: '"Añ Agent, of \\"ours\\"" <agent@sender.example>',
        to: ['"One, the first" <one@example.com>', 'two@example.com'],
        cc: ['three@example.com'],
        bcc: ['four@example.com'],
        replyTo: 'Jürgen Öl <desk@sender.example>',
        subject: 'Grüße — 你好',
        text: 'Hello there.',
        html: '<p>Hello <img src="cid:logo"></p>',
        headers: {
          'X-Ticket': '7',
          'X-Mailwarden-Id': 'msg_contract',
          'Auto-Submitted': 'auto-generated',
          'Message-ID': '<msg-1.1@sender.example>',
          'In-Reply-To': '<before@example.com>',
          References: '<before@example.com>',
        },
        tags: [
          { name: 'mailwarden', value: 'msg_contract' },
          { name: 'mailwarden_recipients', value: '4' },
          { name: 'category', value: 'transactional' },
        ],
        attachments: [
          { filename: 'logo.png', content: PICTURE_BASE64, contentType: 'image/png', contentId: 'logo' },
          { filename: 'a.bin', content: PICTURE_BASE64, contentType: 'application/octet-stream' },
          {
            filename: 'invite.ics',
            content: Buffer.from(ICS).toString('base64'),
            contentType: 'text/calendar; charset=utf-8; method=REQUEST',
          },
        ],
      },
      { idempotencyKey: 'another-key' },
    );
    expect([typeof data?.id, error]).toEqual(['string', null]);
    const [ours, theirs] = vendor.taken.map(({ request }) => ({
      path: request.path,
      authorization: request.headers.authorization,
      type: request.headers['content-type'],
      body: JSON.parse(request.body.toString()) as unknown,
    }));
    expect(ours).toEqual(theirs);
    expect(vendor.taken.map(({ request }) => request.headers['idempotency-key'])).toEqual([
      'msg_contract.1.1',
      'another-key',
    ]);
  });

  test('without a text part it makes none of its own', async () => {
    const { text: _, ...revision } = aRevision({ html: '<p>Hello</p>' });
    await provider.send(aDelivery({ revision }));
    expect(JSON.parse(String(vendor.taken[0]?.request.body))).toMatchObject({
      text: '',
      html: '<p>Hello</p>',
    });
  });

  test('it goes to the recipients of the call and to nobody else', async () => {
    await provider.send({ ...full, recipients: full.recipients.slice(1, 3) });
    expect(vendor.taken[0]?.to).toEqual(['two@example.com', 'three@example.com']);
  });

  test('an email to Bcc alone is left to another provider, and nobody is asked', async () => {
    const revision = aRevision({ to: [], bcc: [{ address: 'four@example.com' }] });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([{ index: 0, outcome: 'not_sent_permanent', reason: 'config' }]);
    expect(vendor.requests).toEqual([]);
  });

  test('any id that a direct start may choose comes back as it was, and any key is one that they take', async () => {
    for (const id of ['order/7 für Zoë', 'b64-trick', 'x'.repeat(255)]) {
      const { recipients } = await provider.send(aDelivery({ id, key: `${id}.1.1` }));
      expect(recipients).toMatchObject([{ outcome: 'accepted' }]);
      const { body, headers } = vendor.hookFor(vendor.taken.at(-1)!, 'email.delivered');
      expect((await provider.readHook({ body, headers, now: new Date() })).reports).toMatchObject([
        { message: id, type: 'delivered' },
      ]);
    }
  });

  test('an id that no tag can hold is found again by the id that Resend gave', async () => {
    const { providerMessageId } = await provider.send(aDelivery({ id: 'ü'.repeat(250) }));
    const { body, headers } = vendor.hookFor(vendor.taken.at(-1)!, 'email.delivered');
    expect((await provider.readHook({ body, headers, now: new Date() })).reports).toMatchObject([
      { message: providerMessageId, type: 'delivered' },
    ]);
  });

  test('an unknown outcome is settled by the same key: one email, and its id', async () => {
    vendor.faults.push('reset-after-body');
    expect((await provider.send(full)).recipients).toMatchObject(Array(4).fill({ outcome: 'unknown' }));
    const again = await provider.send(full);
    expect(again.recipients).toMatchObject(Array(4).fill({ outcome: 'accepted' }));
    expect(vendor.taken.map((one) => one.id)).toEqual([again.providerMessageId]);
  });

  test('a key that has sent something else is never taken for sent or not sent, and it is an error', async () => {
    await provider.send(aDelivery());
    const { recipients } = await provider.send(aDelivery({ revision: aRevision({ subject: 'Other' }) }));
    expect(recipients).toEqual([{ index: 0, outcome: 'unknown' }]);
    expect(vendor.taken).toHaveLength(1);
    expect(logged()).toMatch(/^\["error",\{"id":"msg_contract".*"code":"invalid_idempotent_request"/u);
  });

  test('a lost email that was not read goes out once under the same key', async () => {
    vendor.faults.push('reset-before-body');
    expect((await provider.send(aDelivery())).recipients).toMatchObject([{ outcome: 'unknown' }]);
    expect((await provider.send(aDelivery())).recipients).toMatchObject([{ outcome: 'accepted' }]);
    expect(vendor.taken).toHaveLength(1);
  });

  test('a damaged attachment goes nowhere', async () => {
    await expect(provider.send(aDamagedDelivery())).rejects.toThrow(/damaged/u);
    expect(vendor.requests).toEqual([]);
  });

  test.each([
    ['a full key', RESEND_KEY, null],
    ['a key that may only send', RESEND_SENDING_KEY, null],
    ['a key of nobody', 're_another_key_of_somebody', /403 invalid_api_key$/u],
  ])('the check signs in with %s and sends nothing', async (_, apiKey, problem) => {
    const check = providerAt({ url: vendor.url, apiKey }).check?.();
    await (problem ? expect(check).rejects.toThrow(problem) : expect(check).resolves.toBeUndefined());
    expect(vendor.taken).toEqual([]);
  });
});

describe('every answer that Resend documents', () => {
  const recipients = [{ index: 0, kind: 'to' as const, address: 'one@example.com' }];
  const answer = (status: number, name: string, headers = {}) => {
    const json = { statusCode: status, name, message: 'one@example.com' };
    return resendReceipt(recipients, { status, headers, text: JSON.stringify(json), json });
  };

  test.each([
    [400, 'validation_error', permanent('content')],
    [400, 'invalid_idempotency_key', permanent('config')],
    [401, 'missing_api_key', permanent('config')],
    [401, 'restricted_api_key', permanent('config')],
    [403, 'invalid_api_key', permanent('config')],
    [403, 'validation_error', permanent('config')],
    [403, 'invalid_from_address', permanent('config')],
    [422, 'invalid_from_address', permanent('config')],
    [404, 'not_found', permanent('config')],
    [405, 'method_not_allowed', permanent('config')],
    [409, 'concurrent_idempotent_requests', unknown],
    [409, 'invalid_idempotent_request', unknown],
    [409, 'something_new', unknown],
    [413, 'something_new', permanent('content')],
    [422, 'validation_error', permanent('content')],
    [422, 'missing_required_field', permanent('content')],
    [422, 'invalid_parameter', permanent('content')],
    [422, 'invalid_attachment', permanent('content')],
    [422, 'invalid_access', permanent('config')],
    [422, 'invalid_region', permanent('config')],
    [429, 'daily_quota_exceeded', permanent('quota')],
    [429, 'monthly_quota_exceeded', permanent('quota')],
    [429, 'rate_limit_exceeded', retry('rate')],
    [451, 'security_error', permanent('refused')],
    [500, 'application_error', unknown],
    [500, 'internal_server_error', unknown],
    [500, 'validation_error', unknown],
    [503, 'service_unavailable', unknown],
  ])('%i %s', (status, name, expected) => {
    expect(answer(status, name)).toEqual({ recipients: [{ index: 0, ...expected }] });
  });

  test('Retry-After counts for the rate, and a quota is not waited for', () => {
    const headers = { 'retry-after': '3' };
    expect(answer(429, 'rate_limit_exceeded', headers)).toMatchObject({ retryAfter: 3_000 });
    expect(answer(429, 'daily_quota_exceeded', headers)).not.toHaveProperty('retryAfter');
  });
});
