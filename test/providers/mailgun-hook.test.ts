/** @module Mailgun's webhooks: the genuine ones in our words, and nobody else's. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { createMailgunReader } from '../../src/providers/mailgun/hook.js';
import { WebhookRefused } from '../../src/providers/provider.js';
import { eventOf, mailgunHook, type MailgunHook } from '../support/vendors/mailgun.js';

const KEY = 'a-webhook-signing-key';
const now = new Date('2026-02-03T19:26:38.372Z');
const mail = { id: '<msg-1.1@sender.example>', tag: 'msg_1', to: ['ann@x.example'] };
const readWith = (keys: string[]) => {
  const reader = createMailgunReader('mailgun', keys);
  return async ({ body, headers }: MailgunHook, at = now) => await reader({ body, headers, now: at });
};
const read = readWith([KEY]);

const reportsOf = async (event: object, of = mail): Promise<ProviderReport[]> =>
  (await read(mailgunHook(KEY, eventOf(of, event, now), now))).reports;

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'not refused';
  } catch (error) {
    if (error instanceof WebhookRefused) return error.code;
    throw error;
  }
}

const failed = (severity: string, rest: object): object => ({ event: 'failed', severity, ...rest });
const status = (code: number, more: object = {}): object => ({ 'delivery-status': { code, ...more } });

describe('a genuine event', () => {
  test.each<[string, object, object | null]>([
    ['accepted', { event: 'accepted' }, null],
    ['of a kind that is new', { event: 'levitated' }, null],
    ['delivered', { event: 'delivered' }, { type: 'delivered' }],
    [
      'put off',
      failed('temporary', { reason: 'generic', ...status(451) }),
      { type: 'deferred', smtpStatus: '451' },
    ],
    [
      'bounced by an enhanced code',
      failed('permanent', { reason: 'bounce', ...status(550, { 'enhanced-code': '5.1.1' }) }),
      { type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1', reason: 'bounce' },
    ],
    [
      'refused by policy, whatever Mailgun calls it',
      failed('permanent', {
        reason: 'bounce',
        ...status(550, { 'enhanced-code': '5.7.1', 'bounce-type': 'hard' }),
      }),
      { type: 'bounced', bounce: 'block', smtpStatus: '5.7.1' },
    ],
    [
      'soft by its own word',
      failed('permanent', { reason: 'generic', ...status(550, { 'bounce-type': 'soft' }) }),
      { type: 'bounced', bounce: 'soft', smtpStatus: '550' },
    ],
    [
      'given up on',
      failed('permanent', { reason: 'old', ...status(602) }),
      { type: 'bounced', bounce: 'soft' },
    ],
    [
      'bounced without a code',
      failed('permanent', { reason: 'bounce' }),
      { type: 'bounced', bounce: 'hard' },
    ],
    [
      'suppressed after a bounce',
      failed('permanent', { reason: 'suppress-bounce', ...status(605) }),
      { type: 'bounced', bounce: 'hard', reason: 'suppress-bounce' },
    ],
    [
      'blocked for us',
      failed('permanent', { reason: 'espblock', ...status(550) }),
      { type: 'bounced', bounce: 'block' },
    ],
    [
      'rejected',
      { event: 'rejected', reject: { reason: 'a@b.example is a virus' } },
      { type: 'bounced', bounce: 'block' },
    ],
    ['a complaint', { event: 'complained' }, { type: 'complained' }],
    ['an unsubscription', { event: 'unsubscribed' }, { type: 'unsubscribed' }],
    ['an open', { event: 'opened', 'client-info': { bot: '' } }, { type: 'opened' }],
    [
      'an open by a proxy',
      { event: 'opened', 'client-info': { bot: 'apple' } },
      { type: 'opened', machine: true },
    ],
    [
      'a click by a scanner',
      { event: 'clicked', 'client-info': { bot: 'generic' } },
      { type: 'clicked', machine: true },
    ],
  ])('%s is read in our words', async (_, event, report) => {
    const reports = await reportsOf(event);
    if (report === null) {
      expect(reports).toEqual([]);
      return;
    }
    const at = now.toISOString();
    expect(reports).toMatchObject([{ message: 'msg_1', recipient: 'ann@x.example', at, ...report }]);
    if (!('machine' in report)) expect(reports[0]).not.toHaveProperty('machine');
    if (!('smtpStatus' in report) && JSON.stringify(event).includes('60'))
      expect(reports[0]).not.toHaveProperty('smtpStatus');
    expect(`${reports[0]?.reportId} ${reports[0]?.reason}`).not.toMatch(/@/u);
  });

  test('to somebody who had unsubscribed there says both: not delivered, and why', async () => {
    const reports = await reportsOf(failed('permanent', { reason: 'suppress-unsubscribe' }));
    expect(reports).toMatchObject([{ type: 'bounced', bounce: 'block' }, { type: 'unsubscribed' }]);
    expect(new Set(reports.map((one) => one.reportId)).size).toBe(2);
  });

  test('to somebody who had complained there says both, the complaint first', async () => {
    const reports = await reportsOf(failed('permanent', { reason: 'suppress-complaint', ...status(607) }));
    expect(reports).toMatchObject([{ type: 'complained' }, { type: 'bounced', bounce: 'hard' }]);
    expect(new Set(reports.map((one) => one.reportId)).size).toBe(2);
  });

  test('without our variable is known by its Message-ID', async () => {
    expect(await reportsOf({ event: 'delivered' }, { ...mail, tag: null as never })).toMatchObject([
      { message: '<msg-1.1@sender.example>' },
    ]);
  });

  test('has the same report id when it comes again, and another one on another day', async () => {
    const event = eventOf(mail, { event: 'delivered', id: 'same' }, now);
    const later = eventOf(mail, { event: 'delivered', id: 'same', timestamp: 1_780_000_000.5 }, now);
    const idOf = async (one: object): Promise<string | undefined> =>
      (await read(mailgunHook(KEY, one, now))).reports[0]?.reportId;
    expect(await idOf(event)).toBe(await idOf(event));
    expect(await idOf(later)).not.toBe(await idOf(event));
  });

  test('names its token, so that it is good for one body only', async () => {
    const token = 'f'.repeat(50);
    const event = eventOf(mail, { event: 'delivered' }, now);
    expect(await read(mailgunHook(KEY, event, now, { token }))).toMatchObject({ token });
  });

  test('of a subaccount is known by the signature of its parent', async () => {
    const hook = mailgunHook('key-of-the-subaccount', eventOf(mail, { event: 'delivered' }, now), now, {
      parentKey: KEY,
    });
    expect((await read(hook)).reports).toHaveLength(1);
  });

  test('is known by either key while one is replaced', async () => {
    const hook = mailgunHook(KEY, eventOf(mail, { event: 'delivered' }, now), now);
    expect((await readWith(['the-next-key', KEY])(hook)).reports).toHaveLength(1);
  });

  test('is taken for the hours in which Mailgun repeats it, and not for longer', async () => {
    const hook = mailgunHook(KEY, eventOf(mail, { event: 'delivered' }, now), now);
    const after = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
    expect((await read(hook, after(7.5 * 60 + 30))).reports).toHaveLength(1);
    expect((await read(hook, after(-4))).reports).toHaveLength(1);
    expect(await refusal(read(hook, after(12 * 60 + 1)))).toBe('invalid_signature');
    expect(await refusal(read(hook, after(-6)))).toBe('invalid_signature');
  });

  test.each<[string, object]>([
    ['without an event', { event: undefined }],
    ['without a time', { timestamp: undefined }],
    ['without a message', { message: {}, 'user-variables': [] }],
    ['about a recipient that is none', { recipient: 'nobody' }],
  ])('%s is refused for what it says', async (_, change) => {
    const hook = mailgunHook(KEY, { ...eventOf(mail, { event: 'delivered' }, now), ...change }, now);
    expect(await refusal(read(hook))).toBe('invalid_report');
  });
});

describe('one that is not genuine', () => {
  const hook = mailgunHook(KEY, eventOf(mail, { event: 'delivered' }, now), now);
  const posted = JSON.parse(new TextDecoder().decode(hook.body)) as {
    signature: { timestamp: string; token: string; signature: string };
  };
  const changed = (signature: object): MailgunHook => ({
    headers: hook.headers,
    body: new TextEncoder().encode(
      JSON.stringify({ ...posted, signature: { ...posted.signature, ...signature } }),
    ),
  });

  test.each<[string, object]>([
    ['another time', { timestamp: String(Number(posted.signature.timestamp) + 1) }],
    ['another token', { token: 'e'.repeat(50) }],
    ['another signature', { signature: 'a'.repeat(64) }],
    ['no signature', { signature: '' }],
    ['a parent signature that is none', { signature: 'a'.repeat(64), 'parent-signature': 'b'.repeat(64) }],
    ['a signature that is no text', { signature: [posted.signature.signature] }],
  ])('with %s is refused', async (_, signature) => {
    expect(await refusal(read(changed(signature)))).toBe('invalid_signature');
  });

  test('cannot make a second token of a signed one by moving a digit', async () => {
    const timestamp = posted.signature.timestamp.slice(0, 9);
    const token = posted.signature.timestamp.slice(9) + posted.signature.token;
    const signature = createHmac('sha256', KEY)
      .update(timestamp + token)
      .digest('hex');
    expect(signature).toBe(posted.signature.signature);
    // Fresh by its own time, and still none: a time has ten digits.
    expect(await refusal(read(changed({ timestamp, token }), new Date(Number(timestamp) * 1_000)))).toBe(
      'invalid_signature',
    );
  });

  test('is refused by a provider without a key, and by one with another', async () => {
    expect(await refusal(readWith([])(hook))).toBe('invalid_signature');
    expect(await refusal(readWith(['another-key'])(hook))).toBe('invalid_signature');
  });

  test('is refused and never anything else, whatever its bytes are', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc.nat({ max: hook.body.length - 1 }).map((length) => hook.body.slice(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        expect(await refusal(read({ body, headers: hook.headers }))).toBe('invalid_signature');
      }),
      { numRuns: 300 },
    );
  });

  test('and what is signed is read or refused, whatever it says', async () => {
    const fields = [
      'event',
      'id',
      'timestamp',
      'recipient',
      'severity',
      'reason',
      'message',
      'delivery-status',
    ];
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('failed', 'delivered', 'opened', 'permanent'));
    const event = fc.dictionary(fc.constantFrom(...fields, 'client-info', 'user-variables'), value);
    await fc.assert(
      fc.asyncProperty(event, async (one) => {
        const said = await refusal(read(mailgunHook(KEY, one, now)));
        expect(['not refused', 'invalid_report']).toContain(said);
      }),
      { numRuns: 300 },
    );
  });
});
