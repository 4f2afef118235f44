/** @module Webhooks of SendGrid: every event, and every byte that is not as it has to be. Its own library is asked too. */
import { EventWebhook } from '@sendgrid/eventwebhook';
import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import type { HookReading, ProviderReport } from '../../src/core/delivery/receipt.js';
import { WebhookRefused } from '../../src/providers/provider.js';
import { sendgridReports } from '../../src/providers/sendgrid/event.js';
import { createSendgridReader } from '../../src/providers/sendgrid/hook.js';
import {
  sendgridEvent,
  sendgridHook,
  VERIFICATION_KEY,
  type SendgridHook,
} from '../support/vendors/sendgrid.js';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIME = 'x-twilio-email-event-webhook-timestamp';
const otherKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
const OTHER = otherKey.export({ type: 'spki', format: 'pem' }).toString();
const now = new Date();
const read = createSendgridReader('sendgrid', [OTHER, VERIFICATION_KEY]);
const reading = (hook: SendgridHook, at = now): Promise<HookReading> => read({ ...hook, now: at });
const refusal = async (promise: Promise<unknown>): Promise<string> =>
  await promise.then(
    () => 'read',
    (error: unknown) => (error instanceof WebhookRefused ? error.code : `not a refusal: ${String(error)}`),
  );

/** What SendGrid's own library says of the signature. */
function oracle({ body, headers }: SendgridHook): boolean {
  const webhook = new EventWebhook();
  const signature = headers.get(SIGNATURE) ?? '';
  const timestamp = headers.get(TIME) ?? '';
  const key = webhook.convertPublicKeyToECDSA(VERIFICATION_KEY);
  return webhook.verifySignature(key, Buffer.from(body), signature, timestamp);
}

const taken = { id: 'X-message.id_1', to: ['Two@x.example'], tag: 'msg_1' };
const one = { message: 'msg_1', recipient: 'Two@x.example', at: '2025-11-22T08:26:40.000Z' };

describe('each event', () => {
  test.each<[string, object, Partial<ProviderReport>[]]>([
    ['that it is under way', { event: 'processed' }, []],
    [
      'a delivery',
      { event: 'delivered', response: '250 2.0.0 OK' },
      [{ ...one, type: 'delivered', smtpStatus: '2.0.0' }],
    ],
    [
      'a delay',
      { event: 'deferred', response: '400 try again later', attempt: '5' },
      [{ ...one, type: 'deferred', smtpStatus: '400' }],
    ],
    [
      'an address that is not there',
      {
        event: 'bounce',
        type: 'bounce',
        status: '5.1.1',
        reason: '550 5.1.1 <two@x.example> unknown',
        bounce_classification: 'Invalid Address',
      },
      [{ ...one, type: 'bounced', bounce: 'hard', reason: 'invalid_address', smtpStatus: '5.1.1' }],
    ],
    [
      'a bounce that says little',
      { event: 'bounce', status: '5.0.0' },
      [{ type: 'bounced', bounce: 'hard', reason: 'bounce' }],
    ],
    [
      'a full mailbox',
      { event: 'bounce', type: 'blocked', status: '5.2.2', bounce_classification: 'Mailbox Unavailable' },
      [{ bounce: 'soft', reason: 'mailbox_unavailable' }],
    ],
    [
      'an address that is not there, called something else',
      { event: 'bounce', type: 'bounce', status: '5.1.1', bounce_classification: 'Mailbox Unavailable' },
      [{ bounce: 'hard' }],
    ],
    [
      'a bad reputation',
      { event: 'bounce', type: 'blocked', status: '5.7.1', bounce_classification: 'Reputation' },
      [{ bounce: 'block' }],
    ],
    [
      'content',
      { event: 'bounce', type: 'blocked', bounce_classification: 'Content' },
      [{ bounce: 'block' }],
    ],
    [
      'a block that says no more',
      { event: 'bounce', type: 'blocked', status: '5.0.0' },
      [{ bounce: 'block', reason: 'blocked' }],
    ],
    ['three days of trying', { event: 'bounce', type: 'expired' }, [{ bounce: 'soft', reason: 'expired' }]],
    [
      'an address on their list',
      { event: 'dropped', reason: 'Bounced Address' },
      [{ type: 'bounced', bounce: 'hard', reason: 'bounced_address' }],
    ],
    [
      'one that had complained',
      { event: 'dropped', reason: 'Spam Reporting Address' },
      [
        { type: 'complained', reason: 'spam_reporting_address' },
        { type: 'bounced', bounce: 'hard', reason: 'spam_reporting_address' },
      ],
    ],
    [
      'one that had unsubscribed',
      { event: 'dropped', reason: 'Unsubscribed Address' },
      [
        { type: 'unsubscribed', reason: 'unsubscribed_address' },
        { type: 'bounced', bounce: 'block', reason: 'unsubscribed_address' },
      ],
    ],
    [
      'a reason that is new',
      { event: 'dropped', reason: 'two@x.example is odd' },
      [{ bounce: 'block', reason: 'dropped' }],
    ],
    ['a complaint', { event: 'spamreport' }, [{ ...one, type: 'complained' }]],
    [
      'an open',
      { event: 'open', useragent: 'Thunderbird', sg_machine_open: false },
      [{ ...one, type: 'opened' }],
    ],
    ['an open by Apple', { event: 'open', sg_machine_open: true }, [{ type: 'opened', machine: true }]],
    [
      'a click by a scanner',
      { event: 'click', useragent: 'Barracuda Sentinel', url: 'https://x.example' },
      [{ type: 'clicked', machine: true }],
    ],
    ['an unsubscription', { event: 'unsubscribe' }, [{ ...one, type: 'unsubscribed' }]],
    ['one from a group', { event: 'group_unsubscribe' }, [{ ...one, type: 'unsubscribed' }]],
    ['one taken back', { event: 'group_resubscribe' }, []],
    ['of the account', { event: 'account_status_change', type: 'compliance_suspend', email: undefined }, []],
    ['a new one', { event: 'shiny' }, []],
  ])('%s is read for what it is', async (_, event, expected) => {
    const { reports } = await reading(sendgridHook([sendgridEvent(taken, event)]));
    expect(reports).toMatchObject(expected);
    expect(reports).toHaveLength(expected.length);
    expect(new Set(reports.map((one) => one.reportId)).size).toBe(expected.length);
    for (const { reportId } of reports) expect(reportId).toMatch(/^[\w-]{43}$/u);
    expect(JSON.stringify(reports.map(({ reason }) => reason))).not.toContain('@');
  });

  test('without our argument the message is named by the id that SendGrid answered', () => {
    const ids = ['X-message.id_1.recvd-7f8f-1-0.0', 'X-message.id_1.filterdrecv-canary-1', 'X-message.id_1'];
    const named = ids.map(
      (sg_message_id) =>
        sendgridReports([sendgridEvent({ ...taken, tag: null }, { event: 'delivered', sg_message_id })])[0]
          ?.message,
    );
    expect(named).toEqual(ids.map(() => 'X-message.id_1'));
  });

  test('a repetition has the same id though SendGrid gives it another, and no two events share one', () => {
    const again = (event: object): object => sendgridEvent(taken, event);
    const events = [
      ...[
        again({ event: 'open' }),
        again({ event: 'open' }),
        again({ event: 'open', timestamp: 1_763_800_001 }),
      ],
      ...[
        again({ event: 'click', url: 'https://x.example/1' }),
        again({ event: 'click', url: 'https://x.example/2' }),
      ],
      again({ event: 'open', email: 'other@x.example' }),
    ];
    const [first, second, ...others] = sendgridReports(events).map(({ reportId }) => reportId);
    expect(second).toBe(first);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  test('what is no event is left out, and the rest of its batch is read', () => {
    const good = sendgridEvent(taken, { event: 'delivered' });
    const bad = [
      null,
      7,
      [],
      {},
      { event: 7 },
      { ...good, email: 'nobody' },
      { event: 'delivered', email: 'a@x.example' },
    ];
    expect(sendgridReports([...bad, good, ...bad])).toHaveLength(1);
  });
});

describe('who is believed', () => {
  const hook = sendgridHook([sendgridEvent(taken, { event: 'spamreport' })]);

  test('a batch that SendGrid has signed, as its own library says too', async () => {
    expect(oracle(hook)).toBe(true);
    expect((await reading(hook)).reports).toHaveLength(1);
  });

  test('not a byte of the body, the time or the signature may differ', async () => {
    const { body, headers } = hook;
    for (let i = 0; i < body.length; i += 11) {
      const forged = { headers, body: body.map((byte, at) => (at === i ? byte ^ 1 : byte)) };
      expect(await refusal(reading(forged))).toBe('invalid_signature');
    }
    const time = headers.get(TIME) ?? '';
    const signature = Buffer.from(headers.get(SIGNATURE) ?? '', 'base64');
    const reversed = Buffer.from(signature).reverse().toString('base64');
    const forged: [string, string][] = [
      ...[String(Number(time) + 1), `${time}0`, 'now', ''].map((one): [string, string] => [TIME, one]),
      ...[reversed, signature.subarray(1).toString('base64'), 'x', ''].map((one): [string, string] => [
        SIGNATURE,
        one,
      ]),
    ];
    for (const [name, value] of forged) {
      const changed = new Headers(headers);
      changed.set(name, value);
      expect(await refusal(reading({ body, headers: changed }))).toBe('invalid_signature');
    }
    expect(oracle({ body: body.map((byte, at) => (at === 5 ? byte ^ 1 : byte)), headers })).toBe(false);
  });

  test('no digit moves from the time to the body', async () => {
    const headers = new Headers(hook.headers);
    const time = headers.get(TIME) ?? '';
    headers.set(TIME, time.slice(0, -1));
    const body = Buffer.concat([Buffer.from(time.slice(-1)), hook.body]);
    expect(oracle({ body, headers })).toBe(true);
    expect(await refusal(reading({ body, headers }))).toBe('invalid_signature');
  });

  test('a repetition is believed for as long as SendGrid repeats, and nothing after that or before its time', async () => {
    const hours = (n: number): Date => new Date(now.getTime() + n * 3_600_000);
    const verdicts = [0, 24, 26, -1].map((n) => refusal(reading(hook, hours(n))));
    expect(await Promise.all(verdicts)).toEqual(['read', 'read', 'invalid_signature', 'invalid_signature']);
  });

  test('the key of somebody else, and no key at all, believe nothing', async () => {
    for (const keys of [[OTHER], []])
      expect(await refusal(createSendgridReader('sendgrid', keys)({ ...hook, now }))).toBe(
        'invalid_signature',
      );
  });

  test('what is no such key is said at the start, without showing it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
      type: 'spki',
      format: 'der',
    });
    for (const key of ['no key at all', rsa.toString('base64')]) {
      expect(() => createSendgridReader('sendgrid', [key])).toThrow(ConfigError);
      expect(() => createSendgridReader('sendgrid', [key])).not.toThrow(key);
    }
  });
});

describe('any bytes', () => {
  test('genuine ones that are no batch are refused for their shape', async () => {
    for (const text of ['', '{}', '7', '[', '\u0000', '"x"']) {
      const hook = sendgridHook(null, now, new TextEncoder().encode(text));
      expect(await refusal(reading(hook))).toBe('invalid_report');
    }
    const notUtf8 = sendgridHook(null, now, Uint8Array.of(0x5b, 0xff, 0x5d));
    expect(await refusal(reading(notUtf8))).toBe('invalid_report');
  });

  test('whatever they are, they are refused or read, and nothing else happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 100 }),
        fc.string(),
        fc.boolean(),
        async (body, text, isGenuine) => {
          const hook = sendgridHook(null, now, body);
          if (!isGenuine) hook.headers.set(SIGNATURE, Buffer.from(text).toString('base64'));
          expect(await refusal(reading(hook))).toMatch(/^(invalid_|read)/u);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('whatever a genuine event holds, it is read or left out', () => {
    const field = fc.constantFrom(
      'event',
      'email',
      'timestamp',
      'reason',
      'type',
      'status',
      'attempt',
      'url',
      'useragent',
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('bounce', 'open', 'a@x.example', 'blocked', -1e300),
    );
    fc.assert(
      fc.property(fc.array(fc.dictionary(field, value), { maxLength: 3 }), (changes) => {
        const events = changes.map((change) => sendgridEvent(taken, { event: 'bounce', ...change }));
        for (const { at } of sendgridReports(events))
          expect(at ?? '2000-01-01T00:00:00.000Z').toMatch(/^\d{4}-/u);
      }),
      { numRuns: 300 },
    );
  });
});
