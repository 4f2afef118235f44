/** @module Postmark: the contract and the faults against its fake, every documented answer, its search, and its SDK. */
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- as the SDK's own README calls it */
import { ServerClient } from 'postmark';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Recipient } from '../../src/core/email/revision.js';
import { postmarkReceipt } from '../../src/providers/postmark/answer.js';
import { createPostmarkProvider } from '../../src/providers/postmark/postmark.js';
import type { Delivery, Provider, Sought } from '../../src/providers/provider.js';
import { aDelivery, aRevision, permanent, providerContract, retry, unknown } from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { aDamagedDelivery, aFullDelivery, ICS, PICTURE_BASE64 } from '../support/vendors/full-email.js';
import {
  POSTMARK_SECRET,
  POSTMARK_TOKEN,
  startPostmark,
  type PostmarkFake,
} from '../support/vendors/postmark.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';

const { providerAt, started } = vendorSetUp({
  config: { name: 'postmark', type: 'postmark', apiKey: POSTMARK_TOKEN, webhookSecret: [POSTMARK_SECRET] },
  create: createPostmarkProvider,
  startFake: startPostmark,
  secrets: [POSTMARK_TOKEN, POSTMARK_SECRET, 'a password of 32 characters'],
});

// Nothing signs the body, so that no byte of it can be told to be another: postmark-hook.test.ts has what there is.
providerContract('postmark', async () => contractOf(await started()));

vendorFaults('postmark', started);

describe('postmark', () => {
  let vendor: PostmarkFake;
  let provider: Provider;
  let full: Delivery;
  const withSettings = (change: Parameters<typeof providerAt>[0]): Provider =>
    providerAt({ url: vendor.url, ...change });
  beforeEach(async () => {
    ({ fake: vendor, provider } = await started());
    full = aFullDelivery();
  });

  const bodies = () => vendor.taken.map((one) => JSON.parse(one.request.body.toString()) as unknown);

  test('what we send is what the SDK sends for the same email', async () => {
    const headers = { ...full.revision.headers, 'X-PM-Message-Stream': 'broadcast' };
    await withSettings({ stream: 'outbound' }).send(aFullDelivery({ headers }));
    const Content = PICTURE_BASE64;
    const sdk = new ServerClient(POSTMARK_TOKEN, {
      requestHost: new URL(vendor.url).host,
      useHttps: false,
    });
    const answer = await sdk.sendEmail({
      From: '"Añ Agent, of \\"ours\\"" <agent@sender.example>',
      To: '"One, the first" <one@example.com>, two@example.com',
      Cc: 'three@example.com',
      Bcc: 'four@example.com',
      ReplyTo: 'Jürgen Öl <desk@sender.example>',
      Subject: 'Grüße — 你好',
      TextBody: 'Hello there.',
      HtmlBody: '<p>Hello <img src="cid:logo"></p>',
      Tag: 'transactional',
      Metadata: { mailwarden: 'msg_contract' },
      Headers: Object.entries({
        'X-Ticket': '7',
        'X-Mailwarden-Id': 'msg_contract',
        'Auto-Submitted': 'auto-generated',
        'Message-ID': '<msg-1.1@sender.example>',
        'In-Reply-To': '<before@example.com>',
        References: '<before@example.com>',
        'X-PM-KeepID': 'true',
      }).map(([Name, Value]) => ({ Name, Value })),
      TrackOpens: false,
      TrackLinks: 'None' as never,
      MessageStream: 'outbound',
      Attachments: [
        { Name: 'logo.png', Content, ContentType: 'image/png', ContentID: 'cid:logo' },
        {
          ...{ Name: 'a.bin', Content, ContentType: 'application/octet-stream' },
          ContentID: undefined as never,
        },
        {
          Name: 'invite.ics',
          Content: Buffer.from(ICS).toString('base64'),
          ContentType: 'text/calendar; charset=utf-8; method=REQUEST',
          ContentID: undefined as never,
        },
      ],
    });
    expect(answer).toMatchObject({ ErrorCode: 0, Message: 'OK' });
    const [ours, theirs] = bodies();
    expect(ours).toEqual(theirs);
    const [a, b] = vendor.taken.map(({ request: { path, headers } }) => ({
      path,
      token: headers['x-postmark-server-token'],
      accept: headers.accept,
      type: headers['content-type'],
    }));
    expect(a).toEqual(b);
  });

  test('it goes to the recipients of the call and to nobody else', async () => {
    await provider.send({ ...full, recipients: full.recipients.slice(1, 3) });
    expect(vendor.taken[0]?.to).toEqual(['two@example.com', 'three@example.com']);
  });

  test('commercial mail has a stream of its own, and tracking is on only where it was asked for', async () => {
    const tracked = withSettings({ broadcastStream: 'news', tracking: { opens: true, clicks: true } });
    await tracked.send(aDelivery({ revision: aRevision({ category: 'commercial' }) }));
    await tracked.send(aDelivery());
    expect(bodies()).toMatchObject([
      { MessageStream: 'news', TrackOpens: true, TrackLinks: 'HtmlOnly' },
      { TrackOpens: true, TrackLinks: 'HtmlOnly' },
    ]);
    expect(bodies()[1]).not.toHaveProperty('MessageStream');
  });

  test('any id that a direct start may choose comes back as it was', async () => {
    for (const id of ['order/7 für Zoë', 'b64-trick', 'x'.repeat(80)]) {
      expect((await provider.send(aDelivery({ id }))).recipients).toMatchObject([{ outcome: 'accepted' }]);
      const { body, headers } = vendor.hookFor(vendor.taken.at(-1)!, 'Delivery', {
        DeliveredAt: '2026-11-22T10:00:00Z',
      });
      expect((await provider.readHook({ body, headers, now: new Date() })).reports).toMatchObject([
        { message: id },
      ]);
    }
    const { providerMessageId } = await provider.send(aDelivery({ id: 'x'.repeat(81) }));
    const { body, headers } = vendor.hookFor(vendor.taken.at(-1)!, 'Delivery', {
      DeliveredAt: '2026-11-22T10:00:00Z',
    });
    expect((await provider.readHook({ body, headers, now: new Date() })).reports).toMatchObject([
      { message: providerMessageId },
    ]);
  });

  test('recipients whom it leaves out are told apart from those who get the email', async () => {
    vendor.inactive.add('two@example.com').add('four@example.com');
    const { recipients } = await provider.send(full);
    expect(recipients).toEqual([
      { index: 0, outcome: 'accepted' },
      { index: 1, outcome: 'not_sent_permanent', reason: 'recipient', bounce: 'hard' },
      { index: 2, outcome: 'accepted' },
      { index: 3, outcome: 'not_sent_permanent', reason: 'recipient', bounce: 'hard' },
    ]);
  });

  test('where all are inactive nothing was sent, and it is about each of them', async () => {
    vendor.inactive
      .add('one@example.com')
      .add('two@example.com')
      .add('three@example.com')
      .add('four@example.com');
    const { recipients } = await provider.send(full);
    expect(recipients).toMatchObject(Array(4).fill({ outcome: 'not_sent_permanent', reason: 'recipient' }));
    expect(vendor.taken).toEqual([]);
  });

  test('a damaged attachment goes nowhere', async () => {
    await expect(provider.send(aDamagedDelivery())).rejects.toThrow(/damaged/u);
    expect(vendor.requests).toEqual([]);
  });

  test('the check signs in and sends nothing', async () => {
    await expect(provider.check?.()).resolves.toBeUndefined();
    await expect(withSettings({ apiKey: 'another token' }).check?.()).rejects.toThrow(/401, code 10$/u);
    expect(vendor.taken).toEqual([]);
  });

  describe('an email that nobody answered for', () => {
    const sought = (change: Partial<Sought> = {}): Sought => ({
      ...{ id: 'msg_contract', messageId: '<msg-1.1@sender.example>', recipients: full.recipients },
      ...{ at: new Date(), signal: AbortSignal.timeout(2_000), ...change },
    });

    test('is found by its tag: who gets it is accepted, and who was left out is not', async () => {
      vendor.inactive.add('two@example.com');
      vendor.faults.push('reset-after-body');
      const at = new Date();
      expect((await provider.send(full)).recipients[0]).toEqual({ index: 0, outcome: 'unknown' });
      expect(await provider.lookup?.(sought({ at }))).toEqual({
        recipients: full.recipients.map(({ index }) => ({
          index,
          outcome: index === 1 ? 'unknown' : 'accepted',
        })),
        providerMessageId: vendor.taken[0]?.id,
      });
    });

    test('is looked for in each stream it may have gone by', async () => {
      const both = withSettings({ stream: 'mine', broadcastStream: 'news' });
      await both.send(aDelivery({ revision: aRevision({ category: 'commercial' }) }));
      const { recipients } = aDelivery();
      expect(await both.lookup?.(sought({ recipients }))).toMatchObject({
        recipients: [{ outcome: 'accepted' }],
      });
      expect(await provider.lookup?.(sought({ recipients }))).toBeNull();
    });

    test('is not the one of an earlier try, and not somebody else’s', async () => {
      await provider.send(full);
      expect(await provider.lookup?.(sought({ at: new Date(Date.now() + 120_000) }))).toBeNull();
      expect(await provider.lookup?.(sought({ id: 'msg_other' }))).toBeNull();
      expect(await provider.lookup?.(sought({ id: 'x'.repeat(200) }))).toBeNull();
      const stranger: Recipient[] = [{ index: 0, kind: 'to', address: 'else@example.com' }];
      expect(await provider.lookup?.(sought({ recipients: stranger }))).toBeNull();
    });

    test('stays unknown where it cannot be looked for', async () => {
      await expect(withSettings({ apiKey: 'another token' }).lookup?.(sought())).rejects.toThrow(/401/u);
      await expect(provider.lookup?.(sought({ signal: AbortSignal.abort() }))).rejects.toThrow(/ABORTED/u);
    });
  });
});

describe('every answer that Postmark documents', () => {
  const recipients = (...addresses: string[]): Recipient[] =>
    addresses.map((address, index) => ({ index, kind: 'to', address }));
  const answer = (status: number, code: number, text = 'x', to = recipients('one@example.com')) => {
    const json = { ErrorCode: code, Message: text };
    return postmarkReceipt(to, { status, headers: {}, text: JSON.stringify(json), json }).recipients;
  };

  test.each([
    [401, 10, permanent('config')],
    [503, 100, retry('transient')],
    [422, 300, permanent('content')],
    [422, 400, permanent('config')],
    [422, 401, permanent('config')],
    [422, 402, permanent('content')],
    [422, 403, permanent('content')],
    [422, 405, permanent('quota')],
    [422, 406, permanent('recipient', { bounce: 'hard' })],
    [422, 409, permanent('content')],
    [422, 411, permanent('content')],
    [422, 412, permanent('config')],
    [422, 413, permanent('config')],
    [422, 1226, permanent('config')],
    [422, 499, permanent('content')],
    [403, 0, permanent('config')],
    [404, 701, permanent('config')],
    [413, 0, permanent('content')],
    [415, 0, permanent('content')],
    [429, 429, retry('rate')],
    [500, 0, unknown],
    [500, 406, unknown],
    [503, 0, unknown],
    [200, 406, permanent('recipient', { bounce: 'hard' })],
    [200, 0, unknown],
  ])('%i with code %i', (status, code, expected) => {
    expect(answer(status, code)).toEqual([{ index: 0, ...expected }]);
  });

  const refused = permanent('recipient');
  const inactive = permanent('recipient', { bounce: 'hard' });
  const spared = retry('transient');

  test.each([
    [
      406,
      'Found inactive addresses: TWO@example.com. Inactive recipients are ones that …',
      [spared, inactive],
    ],
    [406, 'Found inactive addresses: one@example.com, two@example.com', [inactive, inactive]],
    // Which of them it has given up, nobody knows: no address is bad for it.
    [406, 'words that nobody knows', [refused, refused]],
    [
      300,
      "Error parsing 'To': Illegal email address 'two@example.com'. It must contain the '@' symbol.",
      [spared, refused],
    ],
    [300, "Invalid 'From' address: 'agent@sender.example'.", [permanent('config'), permanent('config')]],
  ])('of several recipients, %i “%s” is about those it names', (code, text, expected) => {
    const to = recipients('one@example.com', 'two@example.com');
    expect(answer(422, code, text, to)).toEqual(expected.map((one, index) => ({ index, ...one })));
  });

  test('of several, an answer of which nobody knows what it did is about none, whomever it names', () => {
    const text = 'Found inactive addresses: two@example.com';
    expect(answer(500, 406, text, recipients('one@example.com', 'two@example.com'))).toEqual([
      { index: 0, ...unknown },
      { index: 1, ...unknown },
    ]);
  });

  test('a single address that it cannot parse is about that recipient, in whatever words', () => {
    expect(answer(422, 300, "Error parsing 'To': Illegal email domain")).toEqual([{ index: 0, ...refused }]);
  });
});
