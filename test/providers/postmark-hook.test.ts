/** @module Postmark's webhooks: what each record says, and that only those with the credentials say anything. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WebhookRefused } from '../../src/providers/provider.js';
import { createPostmarkReader } from '../../src/providers/postmark/hook.js';
import { POSTMARK_SECRET, withCredentials } from '../support/vendors/postmark.js';

const now = new Date('2026-11-22T10:00:00Z');
const read = createPostmarkReader('postmark', [POSTMARK_SECRET]);
const reportsOf = async (record: unknown) => (await read({ ...withCredentials(record), now })).reports;

const MESSAGE = '883953f4-6105-42a2-a16a-77a8eac79483';
const recordOf = (type: string, fields: object = {}) => ({
  RecordType: type,
  MessageID: MESSAGE,
  Metadata: { mailwarden: 'msg_1' },
  MessageStream: 'outbound',
  ...fields,
});
const delivery = recordOf('Delivery', {
  Recipient: 'one@example.com',
  DeliveredAt: '2026-11-22T04:59:58.1234567-05:00',
  Details: 'smtp;250 2.0.0 Ok, delivered to one@example.com',
});
const bounceOf = (type: string, fields: object = {}) =>
  recordOf('Bounce', {
    ...{ ID: 4_323_372_036_854_775, Type: type, Email: 'One@Example.com', BouncedAt: '2026-11-22T09:59:58Z' },
    ...{ Details: 'something about one@example.com', Description: 'x', Inactive: false, ...fields },
  });

describe('a record of Postmark says', () => {
  test('Delivery: delivered, and when', async () => {
    const [report, ...others] = await reportsOf(delivery);
    expect(others).toEqual([]);
    const { reportId, ...rest } = report!;
    expect(rest).toEqual({
      ...{ type: 'delivered', message: 'msg_1', recipient: 'one@example.com' },
      at: '2026-11-22T09:59:58.123Z',
    });
    expect(reportId).toMatch(/^[\w-]{43}$/u);
  });

  /** What each Type that Postmark documents is about, by what we make of it: an outcome, a class where it is a bounce. */
  const TYPES = {
    'bounced hard': ['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated'],
    'bounced soft': ['SoftBounce', 'DnsError', 'Unknown'],
    'bounced block': [
      ...['Blocked', 'DMARCPolicy', 'SpamNotification', 'VirusNotification', 'SMTPApiError'],
      ...['TemplateRenderingFailed', 'Unconfirmed'],
    ],
    deferred: ['Transient', 'ChallengeVerification'],
    complained: ['SpamComplaint'],
    unsubscribed: ['Unsubscribe'],
  };
  const typed = Object.entries(TYPES).flatMap(([means, types]) =>
    types.map((type) => [type, means] as const),
  );

  test.each(typed)('Bounce of type %s: %s', async (type, means) => {
    const [outcome, bounce] = means.split(' ');
    const expected = { type: outcome, ...(bounce !== undefined && { bounce }) };
    const reports = await reportsOf(bounceOf(type));
    expect(reports).toMatchObject([
      {
        ...{ reportId: 'bounce.4323372036854775', message: 'msg_1', recipient: 'One@example.com' },
        ...{ at: '2026-11-22T09:59:58.000Z', ...expected },
      },
    ]);
    const { recipient: _, ...rest } = reports[0]!;
    expect(JSON.stringify(rest)).not.toMatch(/@example|something/u);
  });

  test.each([
    ['HardBounce', 'hard_bounce'],
    ['SoftBounce', 'soft_bounce'],
  ])('Bounce of type %s: with that word as its reason', async (type, reason) => {
    expect(await reportsOf(bounceOf(type))).toMatchObject([{ reason }]);
  });

  test.each(['Subscribe', 'AutoResponder', 'AddressChange', 'OpenRelayTest', 'InboundError'])(
    'Bounce of type %s: nothing about a delivery',
    async (type) => {
      expect(await reportsOf(bounceOf(type))).toEqual([]);
    },
  );

  test.each([
    [{ Details: 'smtp;550 5.1.1 <one@example.com> unknown' }, { bounce: 'hard', smtpStatus: '5.1.1' }],
    [{ Details: '554 5.7.1 rejected' }, { bounce: 'block', smtpStatus: '5.7.1' }],
    [{ Details: 'smtp;452 4.2.2 full' }, { bounce: 'soft', smtpStatus: '4.2.2' }],
    [{ Inactive: true }, { bounce: 'hard' }],
  ])('a Bounce of a type that nobody knows goes by %j', async (fields, expected) => {
    expect(await reportsOf(bounceOf('Unknown', fields))).toMatchObject([{ type: 'bounced', ...expected }]);
    expect(await reportsOf(bounceOf('Brand New', fields))).toMatchObject([
      { type: 'bounced', reason: 'brand_new', ...expected },
    ]);
  });

  test('SpamComplaint: complained, and once where it comes as a bounce, too', async () => {
    const complaint = {
      type: 'complained',
      reportId: 'bounce.4323372036854775',
      recipient: 'One@example.com',
    };
    expect(await reportsOf({ ...bounceOf('SpamComplaint'), RecordType: 'SpamComplaint' })).toMatchObject([
      complaint,
    ]);
    expect(await reportsOf(bounceOf('SpamComplaint'))).toMatchObject([complaint]);
  });

  test.each([
    ['Open', 'Mozilla/5.0 (X11; Linux) Thunderbird/140', false],
    [
      'Open',
      'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
      true,
    ],
    ['Open', 'Mozilla/5.0', true],
    ['Click', 'Mozilla/5.0 (X11; Linux) Firefox/140', false],
    ['Click', 'Mozilla/5.0 (compatible; bingbot/2.0)', true],
  ])('%s by %s', async (type, agent, isMachine) => {
    const fields = { Recipient: 'one@example.com', ReceivedAt: '2026-11-22T09:59:58Z', UserAgent: agent };
    const [report] = await reportsOf(recordOf(type, fields));
    expect(report).toMatchObject({ type: type === 'Open' ? 'opened' : 'clicked', message: 'msg_1' });
    expect(report?.machine).toBe(isMachine ? true : undefined);
  });

  test.each([
    ['HardBounce', 'Recipient', { type: 'bounced', bounce: 'hard' }],
    ['SpamComplaint', 'Recipient', { type: 'complained' }],
    ['ManualSuppression', 'Recipient', { type: 'unsubscribed' }],
    ['ManualSuppression', 'Customer', null],
    ['ManualSuppression', 'Admin', null],
  ])('SubscriptionChange for %s by %s', async (reason, origin, expected) => {
    const change = recordOf('SubscriptionChange', {
      ...{ Recipient: 'one@example.com', ChangedAt: '2026-11-22T09:59:58Z' },
      ...{ Origin: origin, SuppressSending: true, SuppressionReason: reason },
    });
    expect(await reportsOf(change)).toMatchObject(expected === null ? [] : [expected]);
    expect(await reportsOf({ ...change, SuppressSending: false })).toEqual([]);
    const ofNoEmail = { ...change, Metadata: {}, MessageID: '00000000-0000-0000-0000-000000000000' };
    expect(await reportsOf(ofNoEmail)).toEqual([]);
  });

  test('what nobody has heard of says nothing', async () => {
    expect(await reportsOf(recordOf('Inbound'))).toEqual([]);
    expect(await reportsOf({ RecordType: 'X' })).toEqual([]);
  });

  test('without our tag it is known by the id of Postmark', async () => {
    expect(await reportsOf({ ...delivery, Metadata: {} })).toMatchObject([{ message: MESSAGE }]);
    expect(await reportsOf({ ...delivery, Metadata: undefined })).toMatchObject([{ message: MESSAGE }]);
  });

  test('repeated it is the same report; another time, recipient or link is another', async () => {
    const click = recordOf('Click', {
      ...{
        Recipient: 'one@example.com',
        ReceivedAt: '2026-11-22T09:59:58Z',
        OriginalLink: 'https://a.example',
      },
    });
    const records = [
      delivery,
      { ...delivery, Recipient: 'two@example.com' },
      { ...delivery, DeliveredAt: '2026-11-22T09:59:59Z' },
      click,
      { ...click, OriginalLink: 'https://b.example' },
    ];
    const ids = await Promise.all(records.map(async (one) => (await reportsOf(one))[0]?.reportId));
    expect(new Set(ids).size).toBe(records.length);
    expect(await Promise.all(records.map(async (one) => (await reportsOf(one))[0]?.reportId))).toEqual(ids);
    expect(ids.join(' ')).not.toMatch(/@|example/u);
  });
});

describe('only a webhook with the credentials is read', () => {
  const refused = { name: 'WebhookRefused', code: 'invalid_signature' };
  const body = withCredentials(delivery).body;
  const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

  test.each([
    ['nothing', ''],
    ['another password', basic('postmark:another password, also long')],
    ['another name', basic(POSTMARK_SECRET.replace('postmark', 'root'))],
    ['a shorter password', basic(POSTMARK_SECRET.slice(0, -1))],
    ['a longer password', basic(`${POSTMARK_SECRET}!`)],
    ['the credentials as they are', POSTMARK_SECRET],
    ['another scheme', basic(POSTMARK_SECRET).replace('Basic', 'Bearer')],
    ['what is not base64', 'Basic ???'],
    ['too much', `Basic ${'A'.repeat(100_000)}`],
  ])('%s is refused', async (_, authorization) => {
    const headers = new Headers(authorization === '' ? {} : { authorization });
    await expect(read({ body, headers, now })).rejects.toMatchObject(refused);
  });

  test('while they are replaced the old and the new ones are good', async () => {
    const both = createPostmarkReader('postmark', ['new:and a long password', POSTMARK_SECRET]);
    for (const secret of ['new:and a long password', POSTMARK_SECRET])
      expect((await both({ ...withCredentials(delivery, secret), now })).reports).toHaveLength(1);
  });

  test('without any nobody is believed, and those of another form are told at once and not shown', async () => {
    const none = createPostmarkReader('postmark', []);
    await expect(none({ ...withCredentials(delivery), now })).rejects.toMatchObject(refused);
    for (const secret of ['just-a-password', 'user:short', ':password of nobody']) {
      expect(() => createPostmarkReader('mine', [secret])).toThrow(/provider mine: webhookSecret must be/u);
      expect(() => createPostmarkReader('mine', [secret])).not.toThrow(secret);
    }
  });

  test.each([
    ['no JSON', '{"RecordType":'],
    ['a list', [delivery]],
    ['no record', {}],
    ['no email', { ...delivery, MessageID: undefined, Metadata: {} }],
    ['no recipient', { ...delivery, Recipient: undefined }],
    ['a recipient that is none', { ...delivery, Recipient: 'one' }],
    ['no time', { ...delivery, DeliveredAt: undefined }],
    ['a time that is none', { ...delivery, DeliveredAt: 'yesterday' }],
  ])('a genuine one with %s is invalid, and not an error of ours', async (_, record) => {
    await expect(reportsOf(record)).rejects.toMatchObject({ name: 'WebhookRefused', code: 'invalid_report' });
  });

  test('whatever comes with the credentials, it is read or refused and nothing else', async () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const odd = fc.record(
      {
        RecordType: fc.constantFrom(
          'Delivery',
          'Bounce',
          'SpamComplaint',
          'Open',
          'Click',
          'SubscriptionChange',
        ),
        ...{
          ID: json,
          Type: json,
          MessageID: json,
          Metadata: json,
          Recipient: json,
          Email: fc.emailAddress(),
        },
        ...{ DeliveredAt: json, BouncedAt: fc.date(), ReceivedAt: json, ChangedAt: json, Details: json },
        ...{ UserAgent: json, Origin: json, SuppressSending: fc.boolean(), SuppressionReason: json },
      },
      { requiredKeys: ['RecordType'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), json, odd), async (record) => {
        const outcome = await reportsOf(record).catch((error: unknown) => error);
        if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(WebhookRefused);
      }),
      { numRuns: 500 },
    );
  });
});
