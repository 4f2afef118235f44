/** @module Webhooks of SES: by SNS and by EventBridge, every event, and every byte that is not as it has to be. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HookReading, ProviderReport } from '../../src/core/delivery/receipt.js';
import { WebhookRefused } from '../../src/providers/provider.js';
import { sesReports } from '../../src/providers/ses/event.js';
import { createSesReader } from '../../src/providers/ses/hook.js';
import { sesRecord } from '../support/vendors/ses.js';
import { snsHook, startSns, TOPIC, type SnsHook } from '../support/vendors/sns.js';

const KEY = 'the-key-of-a-connection';
const sns = startSns();
const { privateKey } = sns.certificate;
const read = createSesReader({
  ...{
    name: 'ses',
    webhookSecret: ['an-older-key-of-it', KEY],
    topicArns: [TOPIC],
    fetchText: sns.fetchText,
  },
});
const now = new Date();
const reading = (hook: SnsHook): Promise<HookReading> => read({ ...hook, now });
const bridged = (json: unknown, key = KEY): SnsHook => ({
  body: new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
  headers: new Headers({ 'x-api-key': key }),
});
const published = (record: object): SnsHook => snsHook(privateKey, { Message: JSON.stringify(record) });
const refusal = async (promise: Promise<unknown>): Promise<string> =>
  await promise.then(
    () => 'read',
    (error: unknown) => (error instanceof WebhookRefused ? error.code : `not a refusal: ${String(error)}`),
  );

const taken = { id: '0107019-abc-000000', to: ['One@x.example', 'two@x.example'], tag: 'msg_1' };
const at = '2026-11-22T10:00:05.000Z';
const bouncedBy = (type: string, subType: string, one: object = {}): object => ({
  bounce: {
    ...{ bounceType: type, bounceSubType: subType, timestamp: at, feedbackId: 'f-1' },
    bouncedRecipients: [{ emailAddress: 'two@x.example', action: 'failed', ...one }],
  },
});
const one = { message: 'msg_1', at };
const two = { ...one, recipient: 'two@x.example' };

describe('each record', () => {
  test.each<[string, object, Partial<ProviderReport>[]]>([
    ['a send', { send: {} }, []],
    [
      'a delivery',
      {
        delivery: {
          timestamp: at,
          recipients: ['two@x.example'],
          smtpResponse: '250 2.6.0 Message received',
        },
      },
      [{ ...two, type: 'delivered', smtpStatus: '2.6.0' }],
    ],
    [
      'a delivery to two',
      { delivery: { timestamp: at, recipients: taken.to } },
      [
        { ...one, type: 'delivered', recipient: 'One@x.example' },
        { ...two, type: 'delivered' },
      ],
    ],
    [
      'an address that is not there',
      bouncedBy('Permanent', 'NoEmail', { status: '5.1.1' }),
      [{ ...two, type: 'bounced', bounce: 'hard', reason: 'permanent_no_email', smtpStatus: '5.1.1' }],
    ],
    [
      'an address on a list of theirs',
      bouncedBy('Permanent', 'OnAccountSuppressionList'),
      [{ ...two, type: 'bounced', bounce: 'hard', reason: 'permanent_on_account_suppression_list' }],
    ],
    [
      'a permanent bounce that says only a policy',
      bouncedBy('Permanent', 'General', { status: '5.7.1' }),
      [{ ...two, type: 'bounced', bounce: 'block', smtpStatus: '5.7.1' }],
    ],
    [
      'a permanent bounce that says no more',
      bouncedBy('Permanent', 'General', { diagnosticCode: 'smtp; 550 5.1.1 <two@x.example>: no' }),
      [{ ...two, type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1' }],
    ],
    [
      'a full mailbox',
      bouncedBy('Transient', 'MailboxFull', { status: '5.2.2' }),
      [{ ...two, type: 'bounced', bounce: 'soft', reason: 'transient_mailbox_full' }],
    ],
    ['content that was refused', bouncedBy('Transient', 'ContentRejected'), [{ ...two, bounce: 'block' }]],
    [
      'a bounce that nobody understands',
      bouncedBy('Undetermined', 'Undetermined', { status: '5.0.0' }),
      [{ ...two, bounce: 'soft' }],
    ],
    [
      'one that its status explains',
      bouncedBy('Undetermined', 'Undetermined', { status: '5.1.1' }),
      [{ ...two, bounce: 'hard' }],
    ],
    [
      'a recipient who had unsubscribed',
      bouncedBy('Permanent', 'UnsubscribedRecipient'),
      [{ ...two, bounce: 'block' }],
    ],
    [
      'a complaint',
      {
        complaint: {
          timestamp: at,
          complaintFeedbackType: 'abuse',
          complainedRecipients: [{ emailAddress: 'two@x.example' }],
        },
      },
      [{ ...two, type: 'complained', reason: 'abuse' }],
    ],
    [
      'the contrary of a complaint',
      {
        complaint: {
          timestamp: at,
          complaintFeedbackType: 'not-spam',
          complainedRecipients: [{ emailAddress: 'two@x.example' }],
        },
      },
      [{ ...two, type: 'complained', notSpam: true }],
    ],
    [
      'a delay',
      {
        deliveryDelay: {
          timestamp: at,
          delayType: 'MailboxFull',
          delayedRecipients: [{ emailAddress: 'two@x.example', status: '4.2.2' }],
        },
      },
      [{ ...two, type: 'deferred', reason: 'mailbox_full', smtpStatus: '4.2.2' }],
    ],
    [
      'a virus',
      { reject: { reason: 'Bad content' } },
      [
        {
          message: 'msg_1',
          type: 'bounced',
          bounce: 'block',
          reason: 'rejected',
          recipient: 'One@x.example',
        },
        {
          message: 'msg_1',
          type: 'bounced',
          bounce: 'block',
          reason: 'rejected',
          recipient: 'two@x.example',
        },
      ],
    ],
    [
      'an open, of whom nobody knows',
      { open: { timestamp: at, userAgent: 'Thunderbird' } },
      [{ ...one, type: 'opened' }],
    ],
    [
      'a proxy that fetches pictures',
      { open: { timestamp: at, userAgent: 'Mozilla/5.0' } },
      [{ type: 'opened', machine: true }],
    ],
    [
      'a click',
      { click: { timestamp: at, link: 'https://x.example/', userAgent: 'Firefox' } },
      [{ ...one, type: 'clicked' }],
    ],
    [
      'an unsubscription',
      { subscription: { timestamp: at, newTopicPreferences: { unsubscribeAll: true } } },
      [{ ...one, type: 'unsubscribed' }],
    ],
    [
      'another preference',
      { subscription: { timestamp: at, newTopicPreferences: { unsubscribeAll: false } } },
      [],
    ],
    ['what we do not know', { shiny: {} }, []],
  ])('%s is read for what it is', async (_, event, expected) => {
    const { reports } = await reading(published(sesRecord(taken, event)));
    expect(reports).toMatchObject(expected);
    expect(reports).toHaveLength(expected.length);
    for (const { reportId } of reports) expect(reportId).toMatch(/^[\w-]{43}$/u);
    expect(new Set(reports.map(({ reportId }) => reportId)).size).toBe(reports.length);
  });

  test('of a mail to one, SES knows who opened it', () => {
    const record = sesRecord({ ...taken, to: ['two@x.example'] }, { open: { timestamp: at } });
    expect(sesReports(record)).toMatchObject([{ type: 'opened', recipient: 'two@x.example' }]);
  });

  test('without a tag the message is named by the header, else by the id of SES', () => {
    const named = (mail: object): unknown => {
      const record = sesRecord({ ...taken, tag: null }, bouncedBy('Permanent', 'NoEmail')) as {
        mail: object;
      };
      return sesReports({ ...record, mail: { ...record.mail, ...mail } })[0]?.message;
    };
    expect(named({})).toBe(taken.id);
    expect(named({ tags: undefined, headers: [{ name: 'X-Mailwarden-Id', value: 'msg_2' }] })).toBe('msg_2');
    expect(named({ tags: { 'mailwarden-id': ['b64-b3JkZXIgNw'] } })).toBe('order 7');
  });

  test('a repetition has the same ids, by whatever way it comes', async () => {
    const record = sesRecord(taken, bouncedBy('Permanent', 'NoEmail'));
    const [first, again, bridge] = await Promise.all(
      [published(record), published(record), bridged({ source: 'aws.ses', detail: record })].map(reading),
    );
    expect([again?.reports, bridge?.reports]).toEqual([first?.reports, first?.reports]);
  });

  test('an address that is none makes no report, instead of one about everybody', () => {
    expect(
      sesReports(sesRecord(taken, bouncedBy('Permanent', 'NoEmail', { emailAddress: 'nobody' }))),
    ).toEqual([]);
  });

  test('no text of theirs comes out', () => {
    const text = 'smtp; 550 5.1.1 <two@x.example>: a secret of the mail';
    const record = sesRecord(taken, bouncedBy('Permanent', 'NoEmail', { diagnosticCode: text }));
    expect(JSON.stringify(sesReports(record))).not.toMatch(/secret|<two/u);
  });
});

describe('by SNS', () => {
  test('the greeting that SES sends when it is set up says nothing', async () => {
    const Message = 'Successfully validated SNS topic for Amazon SES event publishing.';
    expect(await reading(snsHook(privateKey, { Message }))).toEqual({ reports: [] });
  });

  test('a subscription is confirmed when it is asked for, and only a genuine one can be', async () => {
    const hook = snsHook(privateKey, { Type: 'SubscriptionConfirmation' });
    const before = sns.fetched.length;
    const { reports, confirm } = await reading(hook);
    expect([reports, sns.fetched.slice(before).filter((url) => url.includes('Action'))]).toEqual([[], []]);
    await confirm?.();
    expect(sns.fetched.at(-1)).toMatch(/\?Action=ConfirmSubscription&TopicArn=/u);
    const forged = new TextEncoder().encode(
      new TextDecoder().decode(hook.body).replace('Token":"2', 'Token":"3'),
    );
    expect(await refusal(reading({ ...hook, body: forged }))).toBe('invalid_signature');
  });

  test('a confirmation that SNS does not take is told to whoever asked', async () => {
    const failing = createSesReader({
      ...{ name: 'ses', webhookSecret: [], topicArns: [TOPIC] },
      fetchText: async (url, signal) =>
        url.includes('Action') ? { status: 403, text: '' } : await sns.fetchText(url, signal),
    });
    const { confirm } = await failing({ ...snsHook(privateKey, { Type: 'SubscriptionConfirmation' }), now });
    await expect(confirm?.()).rejects.toThrow('not confirmed: 403');
  });

  test.each([
    [
      'another host',
      { Type: 'SubscriptionConfirmation', SubscribeURL: 'https://evil.example/?Action=ConfirmSubscription' },
    ],
    ['the end of it', { Type: 'UnsubscribeConfirmation' }],
  ])('%s is not followed, though it is signed', async (_, change) => {
    expect(await reading(snsHook(privateKey, change))).toEqual({ reports: [] });
  });

  test('without topics nothing is believed, and without a certificate it has to come again', async () => {
    const hook = published(sesRecord(taken, bouncedBy('Permanent', 'NoEmail')));
    const reader = (topicArns: string[]) =>
      createSesReader({
        ...{ name: 'ses', webhookSecret: [KEY], topicArns },
        fetchText: () => Promise.reject(new Error('no network')),
      });
    expect(await refusal(reader([])({ ...hook, now }))).toBe('invalid_signature');
    expect(await refusal(reader([TOPIC])({ ...hook, now }))).toBe('unavailable');
  });

  test.each([
    ['no JSON', 'Hello'],
    ['no record', '{"eventType":"Bounce"}'],
    ['a number', '7'],
  ])('a genuine message with %s is refused for its shape', async (_, Message) => {
    expect(await refusal(reading(snsHook(privateKey, { Message })))).toBe('invalid_report');
  });
});

describe('by EventBridge', () => {
  const record = sesRecord(taken, bouncedBy('Permanent', 'NoEmail'));

  test('an event, a bare record and a list of them are read with either key', async () => {
    const event = { version: '0', 'detail-type': 'Email Bounced', source: 'aws.ses', detail: record };
    const bodies = [event, record, [event], [record, event]];
    const counts = await Promise.all(bodies.map(async (one) => (await reading(bridged(one))).reports.length));
    expect(counts).toEqual([1, 1, 1, 2]);
    expect((await reading(bridged(record, 'an-older-key-of-it'))).reports).toHaveLength(1);
  });

  test.each(['', 'the-key-of-a-connectioN', 'undefined', KEY.slice(0, -1)])(
    'with %j as key it is refused',
    async (key) => {
      expect(await refusal(reading(bridged(record, key)))).toBe('invalid_signature');
    },
  );

  test('where there is no key, none fits', async () => {
    const reader = createSesReader({
      name: 'ses',
      webhookSecret: [],
      topicArns: [TOPIC],
      fetchText: sns.fetchText,
    });
    for (const key of ['', KEY])
      expect(await refusal(reader({ ...bridged(record, key), now }))).toBe('invalid_signature');
  });

  test('a record without signature or key is refused', async () => {
    expect(await refusal(reading({ ...bridged(record), headers: new Headers() }))).toBe('invalid_signature');
  });
});

describe('any bytes', () => {
  const hook = published(sesRecord(taken, bouncedBy('Permanent', 'NoEmail')));

  test('cut off anywhere, it is refused', async () => {
    for (let end = 0; end < hook.body.length; end += 7)
      expect(await refusal(reading({ ...hook, body: hook.body.slice(0, end) }))).toMatch(/^invalid_/u);
  });

  test('whatever they are, they are refused or read, and nothing else happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (body, isBridged) => {
        const headers = new Headers(isBridged ? { 'x-api-key': KEY } : {});
        expect(await refusal(reading({ body, headers }))).toMatch(/^invalid_/u);
      }),
      { numRuns: 200 },
    );
  });

  test('whatever a genuine record holds, it is refused for its shape or read', () => {
    const field = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('two@x.example', 'Permanent', at));
    const object = fc.dictionary(
      fc.constantFrom(
        'timestamp',
        'bouncedRecipients',
        'recipients',
        'emailAddress',
        'bounceType',
        'userAgent',
      ),
      fc.oneof(
        field,
        fc.array(fc.dictionary(fc.constantFrom('emailAddress', 'status'), field), { maxLength: 3 }),
      ),
    );
    const record = fc.dictionary(
      fc.constantFrom(
        'bounce',
        'complaint',
        'delivery',
        'deliveryDelay',
        'open',
        'click',
        'subscription',
        'reject',
      ),
      fc.oneof(object, field),
    );
    const mail = fc.dictionary(fc.constantFrom('messageId', 'destination', 'tags', 'headers'), field);
    fc.assert(
      fc.property(record, mail, fc.boolean(), (event, extra, isGood) => {
        const json = sesRecord(taken, event) as { mail: object };
        const changed = isGood ? json : { ...json, mail: { ...json.mail, ...extra } };
        try {
          for (const report of sesReports(changed)) expect(report.reportId).toHaveLength(43);
        } catch (error) {
          expect(error).toBeInstanceOf(WebhookRefused);
        }
      }),
      { numRuns: 300 },
    );
  });
});
