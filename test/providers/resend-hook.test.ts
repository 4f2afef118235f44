/** @module Resend's webhooks: what each event says, and that only genuine ones say anything. */
import * as fc from 'fast-check';
import { Resend } from 'resend';
import { describe, expect, test } from 'vitest';
import { WebhookRefused } from '../../src/providers/provider.js';
import { createResendReader } from '../../src/providers/resend/hook.js';
import { aDelivery, aRevision } from '../contracts/provider.js';
import { createResendProvider } from '../../src/providers/resend/resend.js';
import { providerSchema, type ProviderConfigOf } from '../../src/provider-config.js';
import { RESEND_KEY, RESEND_SECRET, signedBySvix, startResend } from '../support/vendors/resend.js';

const now = new Date('2026-11-22T10:00:00Z');
const read = createResendReader('resend', [RESEND_SECRET]);
const OTHER_SECRET = `whsec_${Buffer.from('another secret, also of 32 bytes').toString('base64')}`;

const eventOf = (type: string, data: object = {}, recipients = 1) => ({
  type,
  created_at: '2026-11-22T09:59:58.123Z',
  data: {
    email_id: '56761188-7520-42d8-8898-ff6fc54ce618',
    message_id: '<56761188@resend.example>',
    to: ['one@example.com'],
    tags: { mailwarden: 'msg_1', mailwarden_recipients: String(recipients), category: 'transactional' },
    ...data,
  },
});

const reportsOf = async (event: unknown, id = 'msg_svix') =>
  (await read({ ...signedBySvix(RESEND_SECRET, event, { id, at: now }), now })).reports;

const bounce = (type: string, subType: string, diagnosticCode?: string) => ({
  bounce: {
    type,
    subType,
    message: 'It bounced.',
    ...(diagnosticCode && { diagnosticCode: [diagnosticCode] }),
  },
});

describe('an event of Resend says', () => {
  test.each([
    ['email.delivered', {}, { type: 'delivered' }],
    ['email.delivery_delayed', {}, { type: 'deferred' }],
    ['email.complained', {}, { type: 'complained' }],
    ['email.opened', {}, { type: 'opened' }],
    ['email.opened', { open: { userAgent: 'Mozilla/5.0' } }, { type: 'opened', machine: true }],
    ['email.clicked', { click: { userAgent: 'Mozilla/5.0 (X11; Linux) Firefox/140' } }, { type: 'clicked' }],
    ['email.clicked', { click: { userAgent: 'Barracuda Sentinel' } }, { type: 'clicked', machine: true }],
    [
      'email.suppressed',
      { suppressed: { message: 'one@example.com is on the list', type: 'OnAccountSuppressionList' } },
      { type: 'bounced', bounce: 'hard', reason: 'on_account_suppression_list' },
    ],
    ['email.suppressed', {}, { type: 'bounced', bounce: 'hard', reason: 'suppressed' }],
    [
      'email.bounced',
      bounce('Permanent', 'General', 'smtp; 550 5.1.1 <one@example.com> user unknown'),
      { type: 'bounced', bounce: 'hard', reason: 'general', smtpStatus: '5.1.1' },
    ],
    ['email.bounced', bounce('Permanent', 'General'), { type: 'bounced', bounce: 'hard', reason: 'general' }],
    [
      'email.bounced',
      bounce('Permanent', 'General', 'smtp; 550 5.7.1 rejected by policy'),
      { type: 'bounced', bounce: 'block', reason: 'general', smtpStatus: '5.7.1' },
    ],
    ['email.bounced', bounce('Permanent', 'Suppressed'), { bounce: 'hard', reason: 'suppressed' }],
    [
      'email.bounced',
      bounce('Transient', 'MailboxFull', 'smtp;452 4.2.2 Mailbox full'),
      { bounce: 'soft', reason: 'mailbox_full', smtpStatus: '4.2.2' },
    ],
    ['email.bounced', bounce('Transient', 'General'), { bounce: 'soft', reason: 'general' }],
    ['email.bounced', bounce('Transient', 'ContentRejected'), { bounce: 'block' }],
    ['email.bounced', bounce('Transient', 'MessageTooLarge'), { bounce: 'block' }],
    ['email.bounced', bounce('Undetermined', 'Undetermined'), { bounce: 'soft' }],
    ['email.bounced', {}, { bounce: 'soft' }],
  ])('%s %j', async (type, data, expected) => {
    const reports = await reportsOf(eventOf(type, data));
    expect(reports).toMatchObject([
      {
        ...{ reportId: 'msg_svix', message: 'msg_1', recipient: 'one@example.com' },
        at: '2026-11-22T09:59:58.123Z',
        ...expected,
      },
    ]);
    const { recipient: _, ...rest } = reports[0]!;
    expect(JSON.stringify(rest)).not.toMatch(/@example|unknown|policy/u);
    if (!('machine' in expected)) expect(rest).not.toHaveProperty('machine');
  });

  test('email.failed is about the whole email, and blames nobody who was to get it', async () => {
    const [report] = await reportsOf(
      eventOf('email.failed', { failed: { reason: 'reached_daily_quota' } }, 3),
    );
    expect(report).toMatchObject({ type: 'bounced', bounce: 'block', reason: 'reached_daily_quota' });
    expect(report).not.toHaveProperty('recipient');
  });

  test.each([
    'email.sent',
    'email.scheduled',
    'email.received',
    'contact.created',
    'suppression.removed',
    'x',
  ])('%s says nothing about a delivery', async (type) => {
    expect(await reportsOf(eventOf(type))).toEqual([]);
    expect(await reportsOf({ type })).toEqual([]);
  });

  test('without our tag it is known by the id of Resend, then by the Message-ID', async () => {
    expect(await reportsOf(eventOf('email.delivered', { tags: undefined }))).toMatchObject([
      { message: '56761188-7520-42d8-8898-ff6fc54ce618' },
    ]);
    expect(await reportsOf(eventOf('email.delivered', { tags: [], email_id: undefined }))).toMatchObject([
      { message: '<56761188@resend.example>' },
    ]);
    const tags = [{ name: 'mailwarden', value: 'msg_2' }];
    expect(await reportsOf(eventOf('email.delivered', { tags }))).toMatchObject([{ message: 'msg_2' }]);
  });
});

describe('an email to several', () => {
  const to = ['one@example.com', 'Two <two@example.com>', 'bone@example.com'];
  const bounced = (text: string) =>
    reportsOf(eventOf('email.bounced', { to, ...bounce('Permanent', 'General', text) }, 3));

  test('the one that the bounce names has bounced, and no other', async () => {
    expect(await bounced('smtp; 550 5.1.1 <ONE@example.com>: unknown')).toMatchObject([
      { type: 'bounced', bounce: 'hard', recipient: 'one@example.com' },
    ]);
    expect(await bounced('smtp; 550 5.1.1 bone@example.com. Unknown')).toMatchObject([
      { type: 'bounced', recipient: 'bone@example.com' },
    ]);
  });

  test.each([
    ['names nobody', 'smtp; 550 5.1.1 unknown'],
    ['names two', 'smtp; 550 5.1.1 one@example.com bone@example.com'],
    ['names somebody else', 'smtp; 550 5.1.1 someone@example.com.evil.example'],
  ])('nobody is called bounced where the text %s', async (_, text) => {
    const [report] = await bounced(text);
    expect(report).toMatchObject({
      type: 'deferred',
      reason: 'bounced_for_one_of_several',
      smtpStatus: '5.1.1',
    });
    expect(report).not.toHaveProperty('recipient');
    expect(report).not.toHaveProperty('bounce');
  });

  test('a To line of one says nothing where there was a Cc', async () => {
    const [report] = await reportsOf(eventOf('email.bounced', bounce('Permanent', 'General'), 2));
    expect(report).toMatchObject({ type: 'deferred' });
    expect(report).not.toHaveProperty('recipient');
  });

  test.each([
    ['delivered', 'email.delivered', 'delivered_to_one_of_several'],
    ['delayed', 'email.delivery_delayed', 'delayed_for_one_of_several'],
  ])(
    'nobody is called %s for one of them: it proves that the email was sent, and no more',
    async (_, type, reason) => {
      const [report] = await reportsOf(eventOf(type, { to }, 3));
      expect(report).toMatchObject({ type: 'sent', reason, message: 'msg_1' });
      expect(report).not.toHaveProperty('recipient');
      // A To line of one, where there was a Cc.
      expect((await reportsOf(eventOf(type, {}, 2)))[0]).toMatchObject({ type: 'sent' });
    },
  );

  test('what follows names the address', async () => {
    const added = (origin: string, source: string | null = 'e-1', email = 'Two@Example.com') => ({
      type: 'suppression.added',
      created_at: '2026-11-22T09:59:58Z',
      data: { id: 's-1', email, origin, source_id: source, created_at: '2026-11-22T09:59:58Z' },
    });
    expect(await reportsOf(added('bounce'))).toEqual([
      {
        ...{ reportId: 'msg_svix', message: 'e-1', recipient: 'Two@example.com' },
        ...{ type: 'bounced', bounce: 'hard', reason: 'suppressed', at: '2026-11-22T09:59:58.000Z' },
      },
    ]);
    expect(await reportsOf(added('complaint'))).toMatchObject([{ type: 'complained', message: 'e-1' }]);
    expect(await reportsOf(added('manual'))).toEqual([]);
    expect(await reportsOf(added('bounce', null))).toEqual([]);
    await expect(reportsOf(added('bounce', 'e-1', 'nobody'))).rejects.toMatchObject({
      code: 'invalid_report',
    });
  });

  test.each(['a@my-firm.example', "o'brien@example.com", 'jürgen@example.com', 'a+b@example.com'])(
    'an event about several is read, whatever characters %s has',
    async (address) => {
      const message = `no mailbox <${address}> here`;
      const bounce = { type: 'Permanent', subType: 'General', message };
      const event = eventOf('email.bounced', { to: [address, 'two@example.com'], bounce }, 2);
      expect(await reportsOf(event)).toMatchObject([{ type: 'bounced', recipient: address }]);
    },
  );

  test('a complaint counts for all of them: nobody knows which one to write to again', async () => {
    const [report] = await reportsOf(eventOf('email.complained', { to }, 3));
    expect(report).toMatchObject({ type: 'complained', message: 'msg_1' });
    expect(report).not.toHaveProperty('recipient');
  });
});

describe('only a genuine webhook is read', () => {
  const genuine = signedBySvix(RESEND_SECRET, eventOf('email.bounced'), { id: 'msg_svix', at: now });
  const refused = { name: 'WebhookRefused', code: 'invalid_signature' };
  const changed = (name: string, value: string | null) => {
    const headers = new Headers(genuine.headers);
    if (value === null) headers.delete(name);
    else headers.set(name, value);
    return { ...genuine, headers, now };
  };

  test('one that the vendor’s own library verifies, too', async () => {
    const vendor = await startResend();
    const config = { name: 'resend', type: 'resend', apiKey: RESEND_KEY, url: vendor.url };
    const provider = createResendProvider(providerSchema.parse(config) as ProviderConfigOf<'resend'>, {});
    await provider.send(aDelivery({ revision: aRevision() }));
    const { body, headers } = vendor.hookFor(
      vendor.taken[0]!,
      'email.bounced',
      bounce('Permanent', 'General'),
    );
    const verified = new Resend(RESEND_KEY).webhooks.verify({
      payload: new TextDecoder().decode(body),
      headers: {
        id: headers.get('svix-id') ?? '',
        timestamp: headers.get('svix-timestamp') ?? '',
        signature: headers.get('svix-signature') ?? '',
      },
      webhookSecret: RESEND_SECRET,
    });
    expect(verified.type).toBe('email.bounced');
    expect((await read({ body, headers, now: new Date() })).reports).toMatchObject([
      { message: 'msg_contract', recipient: 'delivered@sandbox.test', bounce: 'hard' },
    ]);
    await provider.close?.();
    await vendor.stop();
  });

  test.each([
    ['no id', changed('svix-id', null)],
    ['another id', changed('svix-id', 'msg_other')],
    ['no time', changed('svix-timestamp', null)],
    ['another time', changed('svix-timestamp', String(now.getTime() / 1_000 - 1))],
    ['a time that is none', changed('svix-timestamp', 'NaN')],
    ['no signature', changed('svix-signature', null)],
    ['a signature of nothing', changed('svix-signature', 'v1,')],
    ['a signature of another version', changed('svix-signature', `v2,${'A'.repeat(43)}=`)],
    ['a signature that does not fit', changed('svix-signature', `v1,${'A'.repeat(43)}=`)],
    ['a shorter body', { ...genuine, body: genuine.body.subarray(0, -1), now }],
    ['a longer body', { ...genuine, body: Buffer.concat([genuine.body, Buffer.from(' ')]), now }],
    ['no body', { ...genuine, body: new Uint8Array(), now }],
    ['a key of somebody else', { ...signedBySvix(OTHER_SECRET, eventOf('email.bounced'), { at: now }), now }],
    ['a time six minutes ago', { ...genuine, now: new Date(now.getTime() + 6 * 60_000) }],
    ['a time in six minutes', { ...genuine, now: new Date(now.getTime() - 6 * 60_000) }],
  ])('%s is refused', async (_, hook) => {
    await expect(read(hook)).rejects.toMatchObject(refused);
  });

  test('repeated within five minutes it is the same report under the same id', async () => {
    const late = new Date(now.getTime() + 4 * 60_000);
    expect((await read({ ...genuine, now: late })).reports).toEqual(
      (await read({ ...genuine, now })).reports,
    );
  });

  test('while a secret is replaced the old and the new one are good, in both ways of doing it', async () => {
    const both = createResendReader('resend', [OTHER_SECRET, RESEND_SECRET]);
    expect((await both({ ...genuine, now })).reports).toHaveLength(1);
    const signature = `v1,${'A'.repeat(43)}= ${genuine.headers.get('svix-signature') ?? ''}`;
    expect((await read(changed('svix-signature', signature))).reports).toHaveLength(1);
  });

  test('without a secret nobody is believed, and a secret that is none is told at once', async () => {
    await expect(createResendReader('resend', [])({ ...genuine, now })).rejects.toMatchObject(refused);
    expect(() => createResendReader('mine', ['whsec_not base64'])).toThrow(/provider mine: webhookSecret/u);
    expect(() => createResendReader('mine', ['whsec_not base64'])).not.toThrow(/not base64/u);
  });

  test.each([
    ['no JSON', '{"type":'],
    ['no type', {}],
    ['a list', [1]],
    ['null', 'null'],
    ['no email', { type: 'email.bounced', created_at: '2026-11-22T10:00:00Z', data: {} }],
    ['no time', { ...eventOf('email.bounced'), created_at: 'yesterday' }],
  ])('a genuine one with %s is invalid, and not an error of ours', async (_, event) => {
    await expect(reportsOf(event)).rejects.toMatchObject({ name: 'WebhookRefused', code: 'invalid_report' });
  });

  test('whatever bytes are signed, it is read or refused and nothing else', async () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const odd = fc.record({
      type: fc.constantFrom('email.bounced', 'email.complained', 'email.clicked', 'suppression.added', 'x'),
      created_at: fc.oneof(fc.constant('2026-11-22T10:00:00Z'), json),
      data: fc.oneof(
        json,
        fc.record({
          email_id: json,
          to: json,
          tags: json,
          bounce: json,
          click: json,
          email: json,
          origin: json,
        }),
        fc.record({
          email_id: fc.string(),
          to: fc.array(fc.string()),
          bounce: fc.record({ message: fc.string() }),
        }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), json, odd), async (event) => {
        const outcome = await reportsOf(event).catch((error: unknown) => error);
        if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(WebhookRefused);
      }),
      { numRuns: 500 },
    );
  });

  test('no bytes and no headers of somebody else are believed', async () => {
    const header = fc.oneof(
      fc.constantFrom(...genuine.headers.values()),
      fc.stringMatching(/^[\x21-\x7e]{0,80}$/u),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), header, header, header, async (body, id, time, signature) => {
        const headers = new Headers({ 'svix-id': id, 'svix-timestamp': time, 'svix-signature': signature });
        await expect(read({ body, headers, now })).rejects.toMatchObject(refused);
      }),
      { numRuns: 300 },
    );
  });

  test('a body as large as the door lets in is read in no time', async () => {
    const filler = 'one@example.com '.repeat(60_000);
    const big = eventOf('email.bounced', { to: ['one@example.com'], bounce: { message: filler } });
    expect(await reportsOf(big)).toMatchObject([{ type: 'bounced' }]);
  });
});
