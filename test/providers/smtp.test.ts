/** @module SMTP: the contract against a real server, and every fault at every point of the conversation. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.js';
import { createSmtpProvider } from '../../src/providers/smtp/smtp.js';
import {
  aDelivery,
  aRevision,
  attachmentOf,
  blobsOf,
  providerContract,
  signedReport,
} from '../contracts/provider.js';
import { selfSigned } from '../support/certificate.js';
import {
  refusedSmtpUrl,
  startScriptedSmtp,
  startSmtpServer,
  type ScriptedSmtp,
  type SmtpScript,
} from '../support/smtp.js';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;
/** For scripts that hang; nobody else is hurried, or a busy machine would decide the outcome. */
const IMPATIENT = { connection: 2_000, greeting: 250, socket: 250 };
const hangs = (script: SmtpScript): boolean => Object.values(script).includes('hang');

providerContract('smtp', async () => {
  const server = await startSmtpServer({ auth: { user: 'relay-user', pass: 'relay-pass' } });
  return {
    provider: createSmtpProvider({
      name: 'smtp',
      url: server.url.replace('//', '//relay-user:relay-pass@'),
      webhookSecret: [secret],
    }),
    arrived: () => server.received.length,
    secrets: ['relay-user', 'relay-pass', secret],
    webhook: signedReport(secret),
    stop: () => server.stop(),
  };
});

function smtp(url: string): Provider {
  const provider = createSmtpProvider({ name: 'smtp', url });
  onTestFinished(async () => provider.close?.());
  return provider;
}

/** A scripted server and its provider for the time of one test; some tests run side by side. */
async function scripted(
  script: SmtpScript,
  use: (at: { provider: Provider; server: ScriptedSmtp }) => Promise<void>,
): Promise<void> {
  const server = await startScriptedSmtp(script);
  const timeouts = hangs(script) ? IMPATIENT : {};
  const provider = createSmtpProvider({ name: 'smtp', url: server.url, timeouts });
  try {
    await use({ server, provider });
  } finally {
    await provider.close?.();
    await server.stop();
  }
}

/** Waits for what happens a moment later, such as the far end's notice that a socket has gone. */
const soon = (check: () => void): Promise<void> =>
  expect.poll(() => (check(), true), { timeout: 2_000 }).toBe(true);

const transient = { outcome: 'not_sent_retry', reason: 'transient' };
const unknown = { outcome: 'unknown' };
const no = (outcome: string, reason: string, smtpStatus: string) => ({ outcome, reason, smtpStatus });

const BEFORE_THE_WIRE: [string, SmtpScript, object][] = [
  ['a greeting of 421', { greeting: ['421 4.3.2 closing', 'drop'] }, { ...transient, smtpStatus: '4.3.2' }],
  [
    'a greeting of 554',
    { greeting: ['554 5.7.1 not you', 'drop'] },
    no('not_sent_permanent', 'config', '5.7.1'),
  ],
  ['a drop instead of a greeting', { greeting: 'drop' }, transient],
  ['a reset instead of a greeting', { greeting: 'reset' }, transient],
  ['no greeting', { greeting: 'hang' }, transient],
  ['451 to MAIL', { mail: '451 4.3.0 later' }, { ...transient, smtpStatus: '4.3.0' }],
  ['550 to MAIL', { mail: '550 5.1.8 bad sender' }, no('not_sent_permanent', 'config', '5.1.8')],
  ['552 to MAIL', { mail: '552 5.3.4 too big' }, no('not_sent_permanent', 'content', '5.3.4')],
  [
    'a server busy by rate',
    { mail: '454 Throttling failure: Maximum sending rate exceeded.' },
    no('not_sent_retry', 'rate', '454'),
  ],
  [
    'a quota used up',
    { mail: '454 Throttling failure: Daily message quota exceeded.' },
    no('not_sent_retry', 'quota', '454'),
  ],
  ['a drop at MAIL', { mail: 'drop' }, transient],
  ['no answer to MAIL', { mail: 'hang' }, transient],
  ['450 to RCPT', { rcpt: '450 4.2.1 later' }, no('not_sent_retry', 'recipient', '4.2.1')],
  ['550 to RCPT', { rcpt: '550 5.1.1 no such user' }, no('not_sent_permanent', 'recipient', '5.1.1')],
  [
    '550 to RCPT without enhanced status',
    { rcpt: '550 no such user' },
    no('not_sent_permanent', 'recipient', '550'),
  ],
  [
    'relaying denied at RCPT',
    { rcpt: '554 5.7.1 relay denied' },
    no('not_sent_permanent', 'config', '5.7.1'),
  ],
  ['a drop at RCPT', { rcpt: 'drop' }, transient],
  ['no answer to RCPT', { rcpt: 'hang' }, transient],
  ['451 to DATA', { data: '451 4.3.0 later' }, { ...transient, smtpStatus: '4.3.0' }],
  ['554 to DATA', { data: '554 5.5.0 no' }, no('not_sent_permanent', 'config', '5.5.0')],
  ['a drop at DATA', { data: 'drop' }, transient],
  ['a reset at DATA', { data: 'reset' }, transient],
  ['no answer to DATA', { data: 'hang' }, transient],
];

const AFTER_IT: [string, SmtpScript, object][] = [
  ['a drop in the middle of the content', { body: 'drop' }, unknown],
  ['a reset in the middle of the content', { body: 'reset' }, unknown],
  ['silence in the middle of the content', { body: 'hang' }, unknown],
  ['a drop after the final dot', { dot: 'drop' }, unknown],
  ['a reset after the final dot', { dot: 'reset' }, unknown],
  ['silence after the final dot', { dot: 'hang' }, unknown],
  ['a reply to the final dot that is none', { dot: 'hm' }, unknown],
  [
    '554 without a text to the final dot',
    { dot: ['554', 'drop'] },
    no('not_sent_permanent', 'content', '554'),
  ],
  ['451 to the final dot', { dot: '451 4.3.0 later' }, { ...transient, smtpStatus: '4.3.0' }],
  ['421 to the final dot', { dot: ['421 4.3.2 closing', 'drop'] }, { ...transient, smtpStatus: '4.3.2' }],
  [
    '554 to the final dot',
    { dot: '554 5.7.1 looks like spam' },
    no('not_sent_permanent', 'content', '5.7.1'),
  ],
  [
    'a failed DMARC check',
    { dot: '550 5.7.26 unauthenticated' },
    no('not_sent_permanent', 'config', '5.7.26'),
  ],
  [
    'an unknown user at the final dot',
    { dot: '550 5.1.1 no such user' },
    no('not_sent_permanent', 'recipient', '5.1.1'),
  ],
];

describe.each([{ pipelining: false }, { pipelining: true }])(
  'with pipelining $pipelining',
  ({ pipelining }) => {
    test.concurrent.each(BEFORE_THE_WIRE)('%s is certainly not sent', async (_, script, answer) => {
      await scripted({ ...script, pipelining }, async ({ provider, server }) => {
        let asked = 0;
        const receipt = await provider.send(aDelivery({ beforeWire: () => void (asked += 1) }));
        expect(receipt).toEqual({ recipients: [{ index: 0, ...answer }] });
        expect([asked, server.contentBytes()]).toEqual([0, 0]);
      });
    });

    test.concurrent.each(AFTER_IT)('%s is answered with what is certain', async (_, script, answer) => {
      await scripted({ ...script, pipelining }, async ({ provider }) => {
        let asked = 0;
        const receipt = await provider.send(aDelivery({ beforeWire: () => void (asked += 1) }));
        expect(receipt).toEqual({ recipients: [{ index: 0, ...answer }] });
        expect(asked).toBe(1);
      });
    });

    const mixed = aRevision({
      to: [{ address: 'a@one.example' }, { address: 'b@two.example' }],
      cc: [{ address: 'c@three.example' }],
    });
    const rcpt = (address: string) =>
      address.startsWith('a')
        ? '250 2.1.5 ok'
        : address.startsWith('b')
          ? '451 4.7.1 greylisted'
          : '550 5.1.1 unknown';
    const b = { index: 1, ...no('not_sent_retry', 'recipient', '4.7.1') };
    const c = { index: 2, ...no('not_sent_permanent', 'recipient', '5.1.1') };

    test('each recipient gets the answer of its own RCPT', async () => {
      await scripted({ rcpt, pipelining }, async ({ provider, server }) => {
        const receipt = await provider.send(aDelivery({ revision: mixed }));
        expect(receipt.recipients).toEqual([{ index: 0, outcome: 'accepted', smtpStatus: '2.0.0' }, b, c]);
        expect(server.received.map((one) => one.to)).toEqual([['a@one.example']]);
      });
    });

    test.each([
      ['a drop after the final dot', { dot: 'drop' }, unknown],
      ['no 354', { data: 'hang' }, transient],
      ['a refusal at the final dot', { dot: '554 5.6.0 no' }, no('not_sent_permanent', 'content', '5.6.0')],
    ])('what RCPT refused stays refused after %s', async (_, script, answer) => {
      await scripted({ ...script, rcpt, pipelining }, async ({ provider }) => {
        const receipt = await provider.send(aDelivery({ revision: mixed }));
        expect(receipt.recipients).toEqual([{ index: 0, ...answer }, b, c]);
      });
    });

    test('a sender refused at MAIL speaks for every recipient, whatever RCPT said after it', async () => {
      await scripted(
        { mail: '550 5.7.1 not you', rcpt: () => '503 5.5.1 MAIL first', pipelining },
        async ({ provider }) => {
          const { recipients } = await provider.send(aDelivery({ revision: mixed }));
          expect(recipients).toEqual(
            [0, 1, 2].map((index) => ({ index, ...no('not_sent_permanent', 'config', '5.7.1') })),
          );
        },
      );
    });

    test('the connection serves the next message after a refused one', async () => {
      await scripted(
        { rcpt: (to) => (to.startsWith('c') ? '550 5.1.1 no' : '250 ok'), pipelining },
        async ({ provider, server }) => {
          await provider.send(aDelivery({ revision: aRevision({ to: [{ address: 'c@three.example' }] }) }));
          expect((await provider.send(aDelivery())).recipients).toMatchObject([{ outcome: 'accepted' }]);
          expect(server.connections()).toBe(1);
        },
      );
    });
  },
);

describe('connections', () => {
  test('a refused connection and a name that does not resolve are certainly not sent', async () => {
    for (const url of [await refusedSmtpUrl(), 'smtp://nowhere.invalid:25'])
      expect(await smtp(url).send(aDelivery())).toEqual({ recipients: [{ index: 0, ...transient }] });
  });

  test('a wrong password is a matter of configuration, so that another provider is tried', async () => {
    const server = await startSmtpServer({ auth: { user: 'u', pass: 'right' } });
    onTestFinished(() => server.stop());
    const receipt = await smtp(server.url.replace('//', '//u:wrong@')).send(aDelivery());
    expect(receipt.recipients).toEqual([{ index: 0, ...no('not_sent_permanent', 'config', '535') }]);
  });

  test('a login that the server puts off is tried again later', async () => {
    const server = await startScriptedSmtp({ extensions: ['AUTH PLAIN'], auth: '454 4.7.0 later' });
    onTestFinished(() => server.stop());
    const receipt = await smtp(server.url.replace('//', '//u:p@')).send(aDelivery());
    expect(receipt.recipients).toEqual([{ index: 0, ...transient, smtpStatus: '4.7.0' }]);
  });

  test.each(['smtps', 'starttls'])(
    'mail goes over %s, and not at all where the certificate is not trusted',
    async (kind) => {
      const server = await startSmtpServer(kind === 'smtps' ? { tls: true } : { starttls: true });
      onTestFinished(() => server.stop());
      expect(await smtp(server.url).send(aDelivery())).toMatchObject({
        recipients: [{ outcome: 'not_sent_retry', reason: 'config' }],
      });
      const trusting = smtp(`${server.url}?tls.rejectUnauthorized=false`);
      expect(await trusting.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
      expect(server.received).toHaveLength(1);
    },
  );

  test.each(['smtps', 'starttls'])(
    "mail goes over %s to a certificate of one's own authority",
    async (kind) => {
      const certificate = selfSigned();
      const server = await startSmtpServer({
        certificate,
        tls: kind === 'smtps',
        starttls: kind === 'starttls',
      });
      onTestFinished(() => server.stop());
      const trusting = smtp(`${server.url}?tls.ca=${encodeURIComponent(certificate.cert)}`);
      expect(await trusting.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
      expect(server.received.map((one) => one.secure)).toEqual([true]);
      const other = smtp(`${server.url}?tls.ca=${encodeURIComponent(selfSigned().cert)}`);
      expect(await other.send(aDelivery())).toMatchObject({ recipients: [{ reason: 'config' }] });
      expect(server.received).toHaveLength(1);
    },
  );

  test('where TLS is required and not offered, neither login nor mail goes out', async () => {
    await scripted({ extensions: ['AUTH PLAIN'] }, async ({ server }) => {
      const provider = smtp(`${server.url.replace('//', '//u:p@')}?requireTLS=true`);
      expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ reason: 'config' }] });
      expect(server.commands.filter((one) => /^(AUTH|MAIL)/u.test(one))).toEqual([]);
    });
  });

  test('a message over the size that the server announced is refused without a word', async () => {
    await scripted({ extensions: ['SIZE 100'] }, async ({ provider, server }) => {
      const receipt = await provider.send(aDelivery());
      expect(receipt.recipients).toEqual([{ index: 0, ...no('not_sent_permanent', 'content', '5.3.4') }]);
      expect(server.commands.filter((one) => one.startsWith('MAIL'))).toEqual([]);
    });
  });

  test('a connection that the server closed while idle is replaced, and each message goes once', async () => {
    const server = await startScriptedSmtp({ dot: ['250 2.0.0 ok', 'drop'] });
    onTestFinished(() => server.stop());
    const provider = smtp(server.url);
    for (let i = 0; i < 3; i++) {
      await soon(() => expect(server.open()).toBe(0));
      expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
    }
    expect(server.connections()).toBe(3);
  });

  test('closing waits for what is under way and leaves no socket open', async () => {
    let seen = false;
    const server = await startSmtpServer({
      onMail: () => {
        seen = true;
        return new Promise((resolve) => setTimeout(resolve, 60));
      },
    });
    onTestFinished(() => server.stop());
    const provider = smtp(server.url);
    let done = false;
    const sent = provider.send(aDelivery()).then((receipt) => ((done = true), receipt));
    await soon(() => expect(seen).toBe(true));
    await provider.close?.();
    await Promise.resolve();
    expect(server.received).toHaveLength(1);
    expect((await sent).recipients).toMatchObject([{ outcome: 'accepted' }]);
    expect(done).toBe(true);
    expect(await provider.send(aDelivery())).toEqual({ recipients: [{ index: 0, ...transient }] });
  });

  test('no fault leaves a socket behind once the provider is closed', async () => {
    for (const script of [{ dot: 'hang' }, { mail: 'hang' }, { body: 'hang' }, {}] as SmtpScript[]) {
      await scripted(script, async ({ provider, server }) => {
        await provider.send(aDelivery());
        await provider.close?.();
        await soon(() => expect(server.open()).toBe(0));
      });
    }
  });
});

describe('the end of the lease', () => {
  const big = Buffer.alloc(4_000_000, 7);
  const bigDelivery = (signal: AbortSignal) =>
    aDelivery({
      revision: aRevision({ attachments: [attachmentOf(big)] }),
      blobs: blobsOf(big),
      signal,
    });

  test.each([
    ['before the server answered DATA', { data: 'hang' }, transient],
    ['after the final dot', { dot: 'hang' }, unknown],
  ])('kills the socket %s', async (_, script, answer) => {
    const server = await startScriptedSmtp(script);
    onTestFinished(() => server.stop());
    const provider = createSmtpProvider({ name: 'smtp', url: server.url });
    onTestFinished(async () => provider.close?.());
    const receipt = await provider.send(aDelivery({ signal: AbortSignal.timeout(100) }));
    expect(receipt.recipients).toEqual([{ index: 0, ...answer }]);
    await soon(() => expect(server.open()).toBe(0));
  });

  test('in the middle of the content leaves it unfinished, and nobody can say what came of it', async () => {
    const abort = new AbortController();
    const server = await startScriptedSmtp();
    onTestFinished(() => server.stop());
    const provider = createSmtpProvider({ name: 'smtp', url: server.url });
    onTestFinished(async () => provider.close?.());
    const delivery = bigDelivery(abort.signal);
    const receipt = provider.send({ ...delivery, beforeWire: () => void setImmediate(() => abort.abort()) });
    expect((await receipt).recipients).toEqual([{ index: 0, ...unknown }]);
    await soon(() => expect(server.open()).toBe(0));
    expect(server.received).toEqual([]);
  });

  test('while it waits for a free connection sends nothing', async () => {
    const server = await startScriptedSmtp({ dot: 'hang' });
    onTestFinished(() => server.stop());
    const provider = createSmtpProvider({ name: 'smtp', url: `${server.url}?maxConnections=1` });
    onTestFinished(async () => provider.close?.());
    const first = provider.send(aDelivery({ signal: AbortSignal.timeout(300) }));
    const second = await provider.send(aDelivery({ signal: AbortSignal.timeout(100) }));
    expect(second.recipients).toEqual([{ index: 0, ...transient }]);
    expect((await first).recipients).toEqual([{ index: 0, ...unknown }]);
    expect(server.connections()).toBe(1);
  });

  test('a 2xx that comes before all of the content went out accepts nothing', async () => {
    await scripted({ body: '250 2.0.0 thanks' }, async ({ provider }) => {
      const receipt = await provider.send(bigDelivery(AbortSignal.timeout(5_000)));
      expect(receipt.recipients).toEqual([{ index: 0, ...unknown }]);
    });
  });

  test('an early refusal stops the content, so that its final dot never follows', async () => {
    await scripted({ body: '552 5.3.4 too big', bodyPause: 150 }, async ({ provider, server }) => {
      const receipt = await provider.send(bigDelivery(AbortSignal.timeout(5_000)));
      expect(receipt.recipients).toEqual([{ index: 0, ...no('not_sent_permanent', 'content', '5.3.4') }]);
      let before = -1;
      await expect
        .poll(() => before === (before = server.contentBytes()), { interval: 250, timeout: 5_000 })
        .toBe(true);
      expect(before).toBeGreaterThan(0);
      expect(server.received).toHaveLength(0);
    });
  });
});

describe('what the server says', () => {
  test.each([
    ['250 2.0.0 Ok: queued as 4F1x2', '4F1x2'],
    ['250 OK id=1tEsT-0001-XX', '1tEsT-0001-XX'],
    ['250 2.0.0 OK <a1@x.prod.outlook.com> [Hostname=y]', '<a1@x.prod.outlook.com>'],
    ['250 fine', undefined],
  ])('"%s" gives the id %s', async (dot, id) => {
    await scripted({ dot }, async ({ provider }) => {
      expect((await provider.send(aDelivery())).providerMessageId).toBe(id);
    });
  });

  test('its text is in no receipt and no log line', async () => {
    const server = await startScriptedSmtp({ dot: '554 5.7.1 delivered@sandbox.test is bad: Hello' });
    onTestFinished(() => server.stop());
    const lines: unknown[] = [];
    const log = { warn: (...line: unknown[]) => void lines.push(line) };
    const provider = createSmtpProvider({ name: 'smtp', url: server.url, log });
    onTestFinished(async () => provider.close?.());
    const receipt = await provider.send(aDelivery());
    expect(JSON.stringify([lines, receipt])).not.toMatch(/sandbox|Hello|bad/u);
    expect(lines).toHaveLength(1);
  });

  test('an address that cannot stand in an envelope is refused without holding up the others', async () => {
    await scripted({}, async ({ provider, server }) => {
      const revision = aRevision({ to: [{ address: '"<x>"@one.example' }, { address: 'b@two.example' }] });
      const { recipients } = await provider.send(aDelivery({ revision }));
      expect(recipients).toEqual([
        // Nobody out there has said so, so it counts against no address.
        { index: 0, ...no('not_sent_permanent', 'recipient', '5.1.3'), bounce: 'block' },
        { index: 1, outcome: 'accepted', smtpStatus: '2.0.0' },
      ]);
      expect(server.received.map((one) => one.to)).toEqual([['b@two.example']]);
    });
  });

  test('a provider that is asked for many at once sends each of them once', async () => {
    const server = await startSmtpServer();
    onTestFinished(() => server.stop());
    const provider = smtp(server.url);
    const ids = Array.from({ length: 40 }, (_, i) => `msg_${i}`);
    const receipts = await Promise.all(ids.map((id) => provider.send(aDelivery({ id }))));
    expect(receipts.every((one) => one.recipients[0]?.outcome === 'accepted')).toBe(true);
    const arrived = server.received.map((one) => /X-Mailwarden-Id: (\S+)/u.exec(one.raw)?.[1]);
    expect(arrived.sort()).toEqual(ids.sort());
  });
});
