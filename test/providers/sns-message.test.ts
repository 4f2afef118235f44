/** @module Who is believed when SNS posts: signature, topic, time and certificate, each forged by itself. */
import { X509Certificate } from 'node:crypto';
import SnsPayloadValidator from 'sns-payload-validator';
import { describe, expect, test } from 'vitest';
import type { FetchedText, FetchText } from '../../src/providers/vendor/fetch-text.js';
import { WebhookRefused } from '../../src/providers/provider.js';
import { createSnsCertificates } from '../../src/providers/ses/sns-certificates.js';
import { confirmationUrl, verifySns } from '../../src/providers/ses/sns-message.js';
import { CERTIFICATE_URL, SNS, snsHook, startSns, TOPIC, type SnsHook } from '../support/vendors/sns.js';
import { selfSigned } from '../support/x509.js';

const sns = startSns();
const { privateKey } = sns.certificate;
const jsonIn = ({ body }: SnsHook): Record<string, string> =>
  JSON.parse(new TextDecoder().decode(body)) as Record<string, string>;
const genuine = (change: Record<string, string> = {}): Record<string, string> =>
  jsonIn(snsHook(privateKey, change));

/** Its answer to a message: `believed`, or the code of the refusal. */
async function verdictOn(
  message: unknown,
  { fetchText = sns.fetchText, topicArns = [TOPIC], now = new Date() } = {},
): Promise<string> {
  const certificates = createSnsCertificates({ fetchText });
  try {
    await verifySns(message, { topicArns, certificates, now });
    return 'believed';
  } catch (error) {
    if (error instanceof WebhookRefused) return error.code;
    throw error;
  }
}

/** What a library of others says of the same message; it is given the certificate, and asks nobody. */
async function oracle(message: object): Promise<string> {
  const validator = new SnsPayloadValidator() as unknown as {
    certCache: { set(url: string, pem: string): void };
    validate(payload: object): Promise<unknown>;
  };
  validator.certCache.set(CERTIFICATE_URL, sns.certificate.pem);
  return await validator.validate(message).then(
    () => 'believed',
    () => 'invalid_signature',
  );
}

const CONFIRMATION = { Type: 'SubscriptionConfirmation' };

describe('a message of SNS', () => {
  test.each([
    ['a notification', {}],
    ['one with a subject', { Subject: 'Grüße' }],
    ['one of several lines', { Message: 'one\ntwo\nTopicArn\nnot this' }],
    ['a confirmation', CONFIRMATION],
    ['an end', { Type: 'UnsubscribeConfirmation' }],
  ])('%s that SNS has signed is believed, as others believe it', async (_, change) => {
    const message = genuine(change);
    expect([await verdictOn(message), await oracle(message)]).toEqual(['believed', 'believed']);
  });

  test.each([
    'Message',
    'MessageId',
    'Subject',
    'Timestamp',
    'TopicArn',
    'Type',
    'Signature',
    'Token',
    'SubscribeURL',
  ])('not a letter of its %s may differ from what was signed', async (field) => {
    const message = genuine(field === 'Subject' ? { Subject: 'One' } : CONFIRMATION);
    const now: Record<string, string> = {
      Timestamp: new Date(Date.parse(message['Timestamp']!) + 1).toISOString(),
      Type: 'UnsubscribeConfirmation',
      Signature: Buffer.from(message['Signature']!, 'base64').reverse().toString('base64'),
    };
    const forged = { ...message, [field]: now[field] ?? `${message[field]}x` };
    const topicArns = [TOPIC, `${TOPIC}x`];
    expect(await verdictOn(forged, { topicArns })).toBe('invalid_signature');
    // Both confirmations are signed alike, but for their type.
    expect(await oracle(forged)).toBe('invalid_signature');
  });

  test('a field that was signed may not be gone, nor one be added', async () => {
    const { Subject: _, ...without } = genuine({ Subject: 'One' });
    expect(await verdictOn(without)).toBe('invalid_signature');
    expect(await verdictOn({ ...genuine(), Subject: 'One' })).toBe('invalid_signature');
  });

  test("somebody else's topic is not believed, though SNS has signed it", async () => {
    const TopicArn = 'arn:aws:sns:eu-central-1:999999999999:mail-events';
    const message = genuine({ TopicArn });
    expect([await verdictOn(message), await oracle(message)]).toEqual(['invalid_signature', 'believed']);
  });

  test('lines may not be moved from one field to another', async () => {
    const { MessageId, ...rest } = genuine({ Message: 'one\nMessageId\ntwo' });
    const moved = { ...rest, Message: 'one', MessageId: `two\nMessageId\n${MessageId}` };
    // The bytes that were signed are the same.
    expect([await verdictOn(moved), await oracle(moved)]).toEqual(['invalid_signature', 'believed']);
  });

  test('SHA-1 is not believed, though the signature fits', async () => {
    const message = genuine({ SignatureVersion: '1' });
    expect([await verdictOn(message), await oracle(message)]).toEqual(['invalid_signature', 'believed']);
    const certificates = createSnsCertificates({ fetchText: sns.fetchText });
    await expect(verifySns(message, { topicArns: [TOPIC], certificates, now: new Date() })).rejects.toThrow(
      /set the attribute SignatureVersion of the topic to 2/u,
    );
  });

  test('it is believed for a day, and not before its time', async () => {
    const message = genuine();
    const at = Date.parse(message['Timestamp']!);
    const verdicts = [23, 25, -0.05, -1].map((hours) =>
      verdictOn(message, { now: new Date(at + hours * 3_600_000) }),
    );
    expect(await Promise.all(verdicts)).toEqual([
      ...['believed', 'invalid_signature', 'believed', 'invalid_signature'],
    ]);
  });

  test.each([
    'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    // An S3 bucket of the name sns, and a region where the topic is not.
    'https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://sns.no-such-place.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
    'https://sns.eu-central-1.amazonaws.com/other-0123456789abcdef0123456789abcdef.pem',
    `${CERTIFICATE_URL}?x=1`,
    `${CERTIFICATE_URL}#x`,
    `${CERTIFICATE_URL}\n`,
    ` ${CERTIFICATE_URL}`,
    '',
  ])('a certificate at %j is not even asked for', async (SigningCertURL) => {
    const asked: string[] = [];
    const fetchText: FetchText = async (url) => (asked.push(url), { status: 200, text: sns.certificate.pem });
    expect(await verdictOn(genuine({ SigningCertURL }), { fetchText })).toBe('invalid_signature');
    expect(asked).toEqual([]);
  });

  test('nothing is asked for what is stale, of another topic, or no message', async () => {
    const asked: string[] = [];
    const fetchText: FetchText = async (url) => (asked.push(url), { status: 200, text: sns.certificate.pem });
    const others = [genuine({ TopicArn: `${TOPIC}x` }), genuine({ Timestamp: '2020-01-01T00:00:00Z' })];
    for (const one of [...others, {}, null, 7, [], { ...genuine(), Type: 'Other' }])
      expect(await verdictOn(one, { fetchText })).toBe('invalid_signature');
    expect(asked).toEqual([]);
  });
});

describe('the certificates of SNS', () => {
  const now = new Date();
  const urlOf = (n: number): string => `${SNS}/SimpleNotificationService-${String(n).padStart(32, '0')}.pem`;
  const answering =
    (answer: FetchedText, asked: string[] = []): FetchText =>
    async (url) => (asked.push(url), answer);
  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    await promise.then(
      () => 'found',
      (error: unknown) => (error instanceof WebhookRefused ? error.code : String(error)),
    );
  const pem = sns.certificate.pem;

  test('one is asked for once, however many webhooks come at the same time and later', async () => {
    const asked: string[] = [];
    const certificates = createSnsCertificates({ fetchText: answering({ status: 200, text: pem }, asked) });
    await Promise.all(Array.from({ length: 10 }, () => certificates.keyAt(CERTIFICATE_URL, now)));
    const key = await certificates.keyAt(CERTIFICATE_URL, now);
    expect(key.equals(new X509Certificate(pem).publicKey)).toBe(true);
    expect(asked).toEqual([CERTIFICATE_URL]);
  });

  test('so many are kept, and the one not used for longest goes', async () => {
    const asked: string[] = [];
    const certificates = createSnsCertificates({
      ...{ fetchText: answering({ status: 200, text: pem }, asked), most: 2 },
    });
    for (const n of [1, 2, 1, 3, 1, 2]) await certificates.keyAt(urlOf(n), now);
    expect(asked).toEqual([1, 2, 3, 2].map(urlOf));
  });

  test('names that strangers make up push none out, and are not remembered', async () => {
    const asked: string[] = [];
    const fetchText: FetchText = async (url) => {
      asked.push(url);
      return url === urlOf(0) ? { status: 200, text: pem } : { status: 404, text: '' };
    };
    const certificates = createSnsCertificates({ fetchText, most: 2 });
    await certificates.keyAt(urlOf(0), now);
    for (let n = 1; n < 20; n++)
      expect(await codeOf(certificates.keyAt(urlOf(n), now))).toBe('invalid_signature');
    await certificates.keyAt(urlOf(0), now);
    expect(asked).toHaveLength(20);
  });

  test('so many are asked for at the same time; who comes then is to come again', async () => {
    let answer = (_: FetchedText): void => undefined;
    const answered = new Promise<FetchedText>((resolve) => (answer = resolve));
    const certificates = createSnsCertificates({ fetchText: () => answered, atOnce: 2 });
    const first = [certificates.keyAt(urlOf(1), now), certificates.keyAt(urlOf(2), now)];
    expect(await codeOf(certificates.keyAt(urlOf(3), now))).toBe('unavailable');
    answer({ status: 200, text: pem });
    await Promise.all(first);
    expect(await codeOf(certificates.keyAt(urlOf(3), now))).toBe('found');
  });

  test.each([
    ['nothing there', { status: 404, text: '' }, 'invalid_signature'],
    ['a page', { status: 200, text: '<html>' }, 'invalid_signature'],
    ['a redirect', { status: 302, text: '' }, 'invalid_signature'],
    [
      'a certificate of another kind',
      { status: 200, text: selfSigned({ type: 'ec' }).pem },
      'invalid_signature',
    ],
    ['one that has expired', { status: 200, text: selfSigned({ to: new Date(0) }).pem }, 'invalid_signature'],
    [
      'one of the future',
      { status: 200, text: selfSigned({ from: new Date('2048-01-01') }).pem },
      'invalid_signature',
    ],
    ['an error of theirs', { status: 500, text: '' }, 'unavailable'],
    ['too many requests', { status: 429, text: '' }, 'unavailable'],
  ])('%s is told apart', async (_, answer, code) => {
    const certificates = createSnsCertificates({ fetchText: answering(answer) });
    expect(await codeOf(certificates.keyAt(CERTIFICATE_URL, now))).toBe(code);
  });

  test('who does not answer in time is asked again later', async () => {
    let isHanging = true;
    const fetchText: FetchText = (_, signal) =>
      isHanging
        ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late'))))
        : Promise.resolve({ status: 200, text: pem });
    const certificates = createSnsCertificates({ fetchText, timeout: 50 });
    expect(await codeOf(certificates.keyAt(CERTIFICATE_URL, now))).toBe('unavailable');
    isHanging = false;
    expect(await codeOf(certificates.keyAt(CERTIFICATE_URL, now))).toBe('found');
  });
});

describe('where a subscription is confirmed', () => {
  const at = (SubscribeURL: string, Type = 'SubscriptionConfirmation'): string | null =>
    confirmationUrl({ ...genuine({ ...CONFIRMATION, SubscribeURL }), Type } as never);
  const query = `Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=1`;

  test('it is SNS of the region of the topic, and this action for this topic', () => {
    expect(at(`${SNS}/?${query}`)).toBe(`${SNS}/?${query}`);
    expect(at(`https://sns.cn-north-1.amazonaws.com.cn/?${query}`)).toBeNull();
  });

  test.each([
    `http://sns.eu-central-1.amazonaws.com/?${query}`,
    `https://evil.example/?${query}`,
    `https://sns.eu-central-1.amazonaws.com.evil.example/?${query}`,
    `https://sns.eu-central-1.amazonaws.com@evil.example/?${query}`,
    `https://user@sns.eu-central-1.amazonaws.com/?${query}`,
    `https://:pass@sns.eu-central-1.amazonaws.com/?${query}`,
    `https://sns.eu-central-1.amazonaws.com:8443/?${query}`,
    `https://sns.eu-central-1.amazonaws.com/evil?${query}`,
    `https://sqs.eu-central-1.amazonaws.com/?${query}`,
    `${SNS}/?Action=DeleteTopic&TopicArn=${TOPIC}`,
    `${SNS}/?Action=ConfirmSubscription&TopicArn=${TOPIC}-other&Token=1`,
    'not a URL',
    '',
  ])('never at %j', (url) => {
    expect(at(url)).toBeNull();
  });

  test('the end of a subscription is left as it is', () => {
    expect(at(`${SNS}/?${query}`, 'UnsubscribeConfirmation')).toBeNull();
    expect(at(`${SNS}/?${query}`, 'Notification')).toBeNull();
  });
});
