/** @module Our own webhook form: genuine, fresh and well-formed, or refused with a reason. */
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.js';
import { bounceClassOf } from '../../src/core/delivery/bounce.js';
import { WebhookRefused } from '../../src/providers/provider.js';
import { createReportReader, signReports } from '../../src/providers/reports.js';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;
const read = readerOf([secret]);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function readerOf(secrets: string[]) {
  const reader = createReportReader('smtp', secrets);
  return async (body: Uint8Array, headers: Headers) =>
    (await reader({ body, headers, now: new Date() })).reports;
}

function post(value: unknown, options?: { id?: string; at?: Date }) {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return read(bytes(body), new Headers(signReports(secret, body, options)));
}

async function refusal(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof WebhookRefused) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

const one = { reportId: 'r1', type: 'delivered', message: 'msg_1' };

describe('a genuine call', () => {
  test('carries one report or a list of them', async () => {
    expect(await post(one)).toEqual([one]);
    expect(await post({ reports: [one, { ...one, reportId: 'r2' }] })).toEqual([
      one,
      { ...one, reportId: 'r2' },
    ]);
  });

  test('gives address and time in the form that the store uses', async () => {
    const [report] = await post({ ...one, recipient: 'Ann@BÜCHER.example', at: '2026-01-02T03:04:05+02:00' });
    expect(report).toEqual({
      ...one,
      recipient: 'Ann@xn--bcher-kva.example',
      at: '2026-01-02T01:04:05.000Z',
    });
  });

  test('classifies a bounce by its status where it does not say the class itself', async () => {
    const bounced = { ...one, type: 'bounced', smtpStatus: '4.2.2' };
    expect(await post(bounced)).toMatchObject([{ bounce: 'soft' }]);
    expect(await post({ ...bounced, bounce: 'block' })).toMatchObject([{ bounce: 'block' }]);
  });

  test('is good for five minutes in either direction', async () => {
    const at = (seconds: number) => ({ at: new Date(Date.now() + seconds * 1_000) });
    expect(await post(one, at(-290))).toHaveLength(1);
    expect(await post(one, at(290))).toHaveLength(1);
    expect(await refusal(() => post(one, at(-310)))).toMatch(/^invalid_signature/u);
    expect(await refusal(() => post(one, at(310)))).toMatch(/^invalid_signature/u);
  });
});

describe('a call that is not genuine', () => {
  const body = JSON.stringify(one);
  const signed = signReports(secret, body);

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'is refused without %s',
    async (name) => {
      const headers = new Headers(signed);
      headers.delete(name);
      expect(await refusal(() => read(bytes(body), headers))).toMatch(/^invalid_signature/u);
    },
  );

  test('is refused for any change of id, time or body', async () => {
    const later = String(Number(signed['webhook-timestamp']) + 1);
    for (const headers of [
      { ...signed, 'webhook-id': 'other' },
      { ...signed, 'webhook-timestamp': later },
    ])
      expect(await refusal(() => read(bytes(body), new Headers(headers)))).toMatch(/^invalid_signature/u);
    expect(await refusal(() => read(bytes(`${body} `), new Headers(signed)))).toMatch(/^invalid_signature/u);
    expect(await refusal(() => read(bytes(`\ufeff${body}`), new Headers(signed)))).toMatch(
      /^invalid_signature/u,
    );
  });

  test('is refused when another secret signed it', async () => {
    const other = signReports(`whsec_${Buffer.from('another secret').toString('base64')}`, body);
    expect(await refusal(() => read(bytes(body), new Headers(other)))).toMatch(/^invalid_signature/u);
  });

  test('is refused by a provider without a secret, however it is signed', async () => {
    const closed = readerOf([]);
    expect(await refusal(() => closed(bytes(body), new Headers(signed)))).toMatch(
      /^invalid_signature.*webhookSecret/u,
    );
  });

  test('is known by its signature before anything of its body is told', async () => {
    expect(await refusal(() => read(bytes('{"nonsense":'), new Headers(signed)))).toMatch(
      /^invalid_signature/u,
    );
  });
});

test.each([
  ['no JSON', '{"nonsense":', /not JSON/u],
  ['an empty list', { reports: [] }, /reports/u],
  ['an unknown field', { ...one, extra: 1 }, /extra: unknown field/u],
  ['an unknown type', { ...one, type: 'lost' }, /reports\[0\]\.type/u],
  ['no message', { reportId: 'r', type: 'delivered' }, /reports\[0\]\.message/u],
  [
    'a recipient that is none',
    { ...one, recipient: 'nobody' },
    /recipient is not|recipient: is not a mail address/u,
  ],
  ['a time without zone', { ...one, at: '2026-01-02T03:04:05' }, /at: must be an ISO 8601/u],
  ['a year that no calendar has', { ...one, at: '0000-01-01T00:00:00Z' }, /at: must be in the years/u],
  ['a status that is none', { ...one, smtpStatus: 'bad <a@b.example>' }, /smtpStatus: must be/u],
  ['a bounce class on another type', { ...one, bounce: 'hard' }, /bounce: only goes with/u],
  ['more than 1000 reports', { reports: Array.from({ length: 1_001 }, () => one) }, /reports/u],
])('a signed body with %s is refused with where and why', async (_, body, message) => {
  const refused = await refusal(() => post(body));
  expect(refused).toMatch(/^invalid_report: /u);
  expect(refused).toMatch(message);
  expect(refused).not.toMatch(/nobody|@b\.example/u);
});

test('a body that is not UTF-8 is refused', async () => {
  const body = Uint8Array.of(0x7b, 0xff, 0x7d);
  expect(await refusal(() => read(body, new Headers(signReports(secret, '{}'))))).toMatch(
    /^invalid_report: .*UTF-8/u,
  );
});

test('a secret that is no secret is a mistake in the config that does not show it', async () => {
  expect(() => createReportReader('smtp', ['whsec_not base64 at all'])).toThrow(ConfigError);
  expect(() => createReportReader('smtp', ['whsec_not base64 at all'])).toThrow(
    /^(?!.*not base64 at all).*webhookSecret/u,
  );
});

test.each([
  [undefined, 'hard'],
  ['5.1.1', 'hard'],
  ['5.1.10', 'hard'],
  ['5.1.7', 'block'],
  ['5.1.8', 'block'],
  ['5.2.1', 'hard'],
  ['5.2.2', 'soft'],
  ['5.2.3', 'soft'],
  ['5.3.0', 'soft'],
  ['5.4.1', 'soft'],
  ['5.4.4', 'hard'],
  ['5.5.2', 'block'],
  ['5.6.1', 'block'],
  ['5.7.26', 'block'],
  ['5.0.0', 'hard'],
  ['4.2.2', 'soft'],
  ['4.7.1', 'soft'],
  ['421', 'soft'],
  ['550', 'hard'],
  ['552', 'soft'],
  ['554', 'block'],
  ['535', 'block'],
])('status %s makes a bounce %s', (status, expected) => {
  expect(bounceClassOf(status)).toBe(expected);
});
