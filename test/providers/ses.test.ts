/** @module Amazon SES: the contract against its fake, every documented answer, and the SDK by itself on the same fake. */
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import PostalMime from 'postal-mime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSesProvider } from '../../src/providers/ses/ses.js';
import { aDelivery, aRevision, permanent, providerContract, retry, unknown } from '../contracts/provider.js';
import { vendorFaults } from '../contracts/vendor-faults.js';
import { aFullDelivery } from '../support/vendors/full-email.js';
import { SES_KEYS, sesBody, sesError, startSes } from '../support/vendors/ses.js';
import { startSns, TOPIC } from '../support/vendors/sns.js';
import { contractOf, vendorSetUp } from '../support/vendors/under-test.js';
import type { Fault } from '../support/vendors/vendor.js';

const { providerAt, started } = vendorSetUp({
  config: { name: 'ses', type: 'ses', topicArns: [TOPIC], ...SES_KEYS },
  create: (config, deps) => createSesProvider(config, { ...deps, fetchText: startSns().fetchText }),
  startFake: startSes,
  secrets: [SES_KEYS.accessKeyId, SES_KEYS.secretAccessKey],
});

providerContract('ses', async () => contractOf(await started({ webhookSecret: ['a-connection-key'] })));

vendorFaults('ses', started, { hasRetryAfter: false });

const says = sesError;

describe('each answer is what it says, and no more', () => {
  test.each<[string, Fault, object]>([
    [
      'content that is refused',
      says(400, 'MessageRejected', 'Message contains invalid content'),
      permanent('content'),
    ],
    [
      'a sender that is not verified',
      says(
        400,
        'MessageRejected',
        'Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: a@b.example',
      ),
      permanent('config'),
    ],
    [
      'a bad recipient',
      says(400, 'BadRequestException', 'Invalid email address <x>.'),
      permanent('recipient'),
    ],
    ['bad input', says(400, 'BadRequestException', 'Missing required header'), permanent('content')],
    [
      'a MAIL FROM domain that is not verified',
      says(400, 'MailFromDomainNotVerifiedException', ''),
      permanent('config'),
    ],
    ['a suspended account', says(400, 'AccountSuspendedException', ''), permanent('config')],
    ['an account that is paused', says(400, 'SendingPausedException', ''), permanent('config')],
    ['a limit of the account', says(400, 'LimitExceededException', 'too many'), permanent('config')],
    [
      'a configuration set that is not there',
      says(404, 'NotFoundException', 'Configuration set does not exist'),
      permanent('config'),
    ],
    ['too fast', says(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'), retry('rate')],
    ['too fast, in other words', says(400, 'Throttling', 'Rate exceeded'), retry('rate')],
    [
      'a quota that is used up',
      says(429, 'TooManyRequestsException', 'Daily message quota exceeded.'),
      permanent('quota'),
    ],
    [
      'a policy that forbids',
      says(403, 'AccessDeniedException', 'not authorized to perform ses:SendEmail'),
      permanent('config'),
    ],
    ['a token that has expired', says(403, 'ExpiredTokenException', ''), permanent('config')],
    ['a key that is not known', says(403, 'UnrecognizedClientException', ''), permanent('config')],
    [
      'a clock that is wrong',
      says(403, 'InvalidSignatureException', 'Signature expired: 20261122T100000Z is now earlier than'),
      retry('transient'),
    ],
    [
      'an error by its name in the body',
      { status: 400, body: { __type: 'com.amazonaws.sesv2#MessageRejected', message: 'x' } },
      permanent('content'),
    ],
    ['an error that we do not know', says(418, 'TeapotException', ''), unknown],
    ['a page that forbids', { status: 403, body: '<html>blocked</html>' }, permanent('config')],
    ['an error of theirs with a name', says(500, 'InternalServiceErrorException', ''), unknown],
    ['a 500 with the name of a refusal', says(500, 'BadRequestException', ''), unknown],
    ['a 503 with a name', says(503, 'ServiceUnavailable', ''), unknown],
  ])('%s', async (_, fault, answer) => {
    const { fake, provider } = await started();
    fake.faults.push(fault);
    expect((await provider.send(aDelivery())).recipients).toEqual([{ index: 0, ...answer }]);
    // The SDK would try some of these three times.
    expect([fake.requests.length, fake.taken.length]).toEqual([1, 0]);
  });

  test('an address that SES cannot carry is refused, and the others go', async () => {
    const { fake, provider } = await started();
    const revision = aRevision({ to: [{ address: 'jos\u00e9@x.example' }, { address: 'b@x.example' }] });
    const { recipients } = await provider.send(aDelivery({ revision }));
    expect(recipients).toEqual([
      { index: 1, outcome: 'accepted' },
      { index: 0, ...permanent('recipient', { smtpStatus: '5.6.7' }) },
    ]);
    expect(fake.taken.map(({ to }) => to)).toEqual([['b@x.example']]);
  });

  test('a wrong key is refused as such, not as a failure of the network', async () => {
    const { fake, provider } = await started({
      secretAccessKey: 'another-secret-access-key-000000000000000',
    });
    expect((await provider.send(aDelivery())).recipients).toEqual([{ index: 0, ...permanent('config') }]);
    expect(fake.taken).toHaveLength(0);
    await expect(provider.check?.()).rejects.toThrow('ses answered 403');
  });

  test('half a pair of credentials is said at the start', () => {
    expect(() => providerAt({ secretAccessKey: undefined })).toThrow(/go together/u);
  });
});

describe('what goes out', () => {
  test('it is our own MIME to the envelope of the call, with tags, configuration set and tenant', async () => {
    const { fake, provider } = await started({ configurationSet: 'set-1', tenant: 'tenant-1' });
    const full = aFullDelivery();
    const recipients = full.recipients.slice(1);
    const receipt = await provider.send({ ...full, recipients, id: 'order 7/\u00fc' });
    const [taken] = fake.taken;
    expect(receipt).toMatchObject({
      providerMessageId: taken?.id,
      seenMessageId: `<${taken?.id}@eu-central-1.amazonses.com>`,
    });
    const { Content, ...rest } = sesBody(taken!.request);
    expect(rest).toEqual({
      FromEmailAddress: 'agent@sender.example',
      Destination: { ToAddresses: ['two@example.com', 'three@example.com', 'four@example.com'] },
      EmailTags: [
        { Name: 'mailwarden-id', Value: `b64-${Buffer.from('order 7/\u00fc').toString('base64url')}` },
        { Name: 'category', Value: 'transactional' },
      ],
      ConfigurationSetName: 'set-1',
      TenantName: 'tenant-1',
    });
    const mail = await PostalMime.parse(Buffer.from(Content.Raw.Data, 'base64'));
    expect(mail).toMatchObject({
      subject: 'Grüße — 你好',
      messageId: '<msg-1.1@sender.example>',
      inReplyTo: '<before@example.com>',
      to: [{ address: 'one@example.com', name: 'One, the first' }, { address: 'two@example.com' }],
      cc: [{ address: 'three@example.com' }],
    });
    expect(mail.bcc).toBeUndefined();
  });

  test('an id too long for a tag goes without one', async () => {
    const { fake, provider } = await started();
    const receipt = await provider.send(aDelivery({ id: `order/${'7'.repeat(300)}` }));
    expect(receipt.recipients).toMatchObject([{ outcome: 'accepted' }]);
    expect(fake.taken[0]?.tag).toBeNull();
  });

  test('the id that the recipient sees is at a domain of the region', async () => {
    const { provider } = await started({ region: 'eu-central-1' });
    expect((await provider.send(aDelivery())).seenMessageId).toMatch(
      /^<[\w-]+@eu-central-1\.amazonses\.com>$/u,
    );
  });

  test('many at once share one client, and each goes once', async () => {
    const { fake, provider } = await started();
    const ids = Array.from({ length: 20 }, (_, i) => `msg_${i}`);
    const receipts = await Promise.all(ids.map((id) => provider.send(aDelivery({ id }))));
    expect(receipts.map(({ providerMessageId }) => providerMessageId).sort()).toEqual(
      fake.taken.map(({ id }) => id).sort(),
    );
    expect(fake.taken.map(({ tag }) => tag).sort()).toEqual([...ids].sort());
  });
});

describe('the official SDK', () => {
  test('by itself it is taken by the same fake, and sends the same bytes', async () => {
    const { fake, provider } = await started({ configurationSet: 'set-1' });
    await provider.send(aFullDelivery());
    const ours = fake.taken[0]!.request;
    const { Content, ...rest } = sesBody(ours);
    const client = new SESv2Client({
      ...{ endpoint: fake.url, region: SES_KEYS.region, credentials: SES_KEYS, maxAttempts: 1 },
    });
    onTestFinished(() => client.destroy());
    const Data = Buffer.from(Content.Raw.Data, 'base64');
    const { MessageId } = await client.send(new SendEmailCommand({ ...rest, Content: { Raw: { Data } } }));
    expect(MessageId).toBe(fake.taken[1]?.id);
    expect(ours.body.toString()).toBe(fake.taken[1]?.request.body.toString());
  });
});
