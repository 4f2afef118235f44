/** @module `defineProvider`: whatever the user's own code does, the contract of a provider is kept. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createGateway } from '../../examples/provider.js';
import { ConfigError, parseConfig } from '../../src/config.js';
import {
  defineProvider,
  NotSent,
  type EmailToSend,
  type OwnAnswer,
  type ProviderDefinition,
} from '../../src/providers/own/define.js';
import { createProviders } from '../../src/providers/index.js';
import { WebhookRefused, type Provider } from '../../src/providers/provider.js';
import {
  aDelivery,
  aRevision,
  attachmentOf,
  blobsOf,
  providerContract,
  signedReport,
} from '../contracts/provider.js';
import { startVendor, type Taken, type Vendor } from '../support/vendors/vendor.js';

// The example imports the package by its name, as its readers do; here that is the source and not the last build.
vi.mock('mailwarden', async () => await import('../../src/providers/own/define.js'));

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;

providerContract('defined', async () => {
  let sent = 0;
  return {
    provider: defineProvider({
      name: 'own',
      webhookSecret: secret,
      capabilities: { envelope: true },
      send: async () => ({ id: `own-${(sent += 1)}` }),
    }),
    arrived: () => sent,
    secrets: [secret],
    webhook: signedReport(secret),
    stop: async () => undefined,
  };
});

/** The gateway of examples/provider.ts. */
async function startGateway(): Promise<Vendor> {
  const firsts = new Map<string, Taken>();
  return await startVendor({
    sends: ({ method, path }) => method === 'POST' && path === '/mail',
    take(request) {
      const { to } = JSON.parse(request.body.toString()) as { to: string[] };
      const key = String(request.headers['idempotency-key']);
      const first = firsts.get(key);
      if (first) return { status: 200, body: { id: first.id } };
      const taken = { tag: null, id: `gw-${firsts.size + 1}`, to, subject: '', request };
      firsts.set(key, taken);
      return taken;
    },
    accepted: ({ id }) => ({ status: 200, body: { id } }),
    answer: ({ path }) => ({ status: path === '/health' ? 200 : 404 }),
  });
}

providerContract('the example of the docs', async () => {
  const far = await startGateway();
  return {
    provider: createGateway(far.url, secret),
    arrived: () => far.taken.length,
    secrets: [secret],
    webhook: null,
    stop: () => far.stop(),
  };
});

describe('the example of the docs', () => {
  let far: Vendor;
  let gateway: Provider;
  beforeEach(async () => {
    far = await startGateway();
    gateway = createGateway(far.url, secret);
    return () => far.stop();
  });

  test('sends MIME to the recipients of the call, and the same key again is the first mail', async () => {
    far.faults.push('reset-after-body');
    expect((await gateway.send(aDelivery())).recipients).toEqual([{ index: 0, outcome: 'unknown' }]);
    expect(await gateway.send(aDelivery())).toMatchObject({ providerMessageId: 'gw-1' });
    expect(far.taken).toHaveLength(1);
    const posted = JSON.parse(far.taken[0]?.request.body.toString() ?? '') as { to: string[]; mime: string };
    expect(posted.to).toEqual(['delivered@sandbox.test']);
    expect(Buffer.from(posted.mime, 'base64').toString()).toContain('Message-ID: <msg-1.1@sender.example>');
  });

  test.each([
    [429, { outcome: 'not_sent_retry', reason: 'rate' }],
    [401, { outcome: 'not_sent_permanent', reason: 'config' }],
    [422, { outcome: 'not_sent_permanent', reason: 'content' }],
    [502, { outcome: 'unknown' }],
  ])('says what an answer of %s means', async (status, answer) => {
    far.faults.push({ status });
    expect((await gateway.send(aDelivery())).recipients).toEqual([{ index: 0, ...answer }]);
  });

  test('is checked without sending anything', async () => {
    await gateway.check?.();
    expect(far.requests.map((one) => one.path)).toEqual(['/health']);
  });
});

const made = (change: Partial<ProviderDefinition<unknown>> = {}) =>
  defineProvider<unknown>({ name: 'own', send: async () => ({ id: 'x' }), ...change });
const notSent = { outcome: 'not_sent_retry', reason: 'transient' };
const boom = (): never => {
  throw new Error('ann@x.example: boom');
};

describe('whatever own code does', () => {
  test('what goes wrong before the wire is not sent, and the wire is not asked for', async () => {
    let asked = 0;
    const delivery = aDelivery({ beforeWire: () => void (asked += 1) });
    expect(await made({ prepare: async () => boom() }).send(delivery)).toEqual({
      recipients: [{ index: 0, ...notSent }],
    });
    const refusing = made({ prepare: async () => Promise.reject(new NotSent('quota', { retryAfter: 5 })) });
    expect(await refusing.send(delivery)).toEqual({
      recipients: [{ index: 0, outcome: 'not_sent_retry', reason: 'quota' }],
      retryAfter: 5,
    });
    expect(asked).toBe(0);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['an error', async () => boom()],
    ['something thrown that is no error', async () => Promise.reject('no')], // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors -- JavaScript may
    ['a throw that is not a promise', () => boom()],
    ['no answer', async () => undefined],
    ['an answer without id', async () => ({})],
    [
      'an answer of another shape',
      async () => ({ id: 'x', recipients: [{ index: 9, outcome: 'accepted' }] }),
    ],
  ])('%s after that is unknown', async (_, send) => {
    const receipt = await made({ send: send as () => Promise<OwnAnswer> }).send(aDelivery());
    expect(receipt).toEqual({ recipients: [{ index: 0, outcome: 'unknown' }] });
  });

  test('a refusal after the wire counts as one, with codes only', async () => {
    const refuse = (error: Error) => made({ send: async () => Promise.reject(error) }).send(aDelivery());
    expect(await refuse(new NotSent('recipient', { smtpStatus: '5.1.1' }))).toEqual({
      recipients: [{ index: 0, outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.1' }],
    });
    const sloppy = new NotSent('no such user ann@x.example' as never, { smtpStatus: '550 ann@x.example' });
    expect(await refuse(sloppy)).toEqual({ recipients: [{ index: 0, ...notSent }] });
    expect(await refuse(new NotSent('rate', { retryAfter: 1e12 }))).toMatchObject({ retryAfter: 3_600_000 });
    expect(await refuse(new NotSent('rate', { retryAfter: NaN }))).not.toHaveProperty('retryAfter');
  });

  test('it gets the email whole, and what it prepared', async () => {
    const bytes = Buffer.from('file');
    const attachment = attachmentOf(bytes, { filename: 'a.txt', contentType: 'text/plain' });
    const seen: [EmailToSend, unknown][] = [];
    const provider = made({
      prepare: async ({ id }) => `for ${id}`,
      send: async (email, prepared) => {
        seen.push([email, prepared]);
        return { id: 'x', recipients: [{ index: 0, outcome: 'unknown' }] };
      },
    });
    const revision = aRevision({ attachments: [attachment], bcc: [{ address: 'eve@y.example' }] });
    const receipt = await provider.send(aDelivery({ revision, blobs: blobsOf(bytes) }));
    expect(receipt.recipients.map((one) => one.outcome)).toEqual(['unknown', 'accepted']);
    const [[email, prepared] = []] = seen;
    expect(prepared).toBe('for msg_contract');
    expect(email).toMatchObject({ subject: 'Hello', key: 'msg_contract.1.1', attachments: [{ bytes }] });
    expect(email?.headers['X-Mailwarden-Id']).toBe('msg_contract');
    expect((await email?.mime())?.toString()).toContain('Subject: Hello');
  });

  test('a lookup is a receipt, null where nothing is found, and partial unless it says more', async () => {
    const { id, revision, recipients } = aDelivery();
    const signal = AbortSignal.timeout(1_000);
    const sought = { id, messageId: revision.messageId, recipients, at: new Date(), signal };
    const found = made({ lookup: async () => ({ id: 'x' }) });
    expect(found.capabilities.lookup).toBe('partial');
    expect(await found.lookup?.(sought)).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
    expect(await made({ lookup: async () => null }).lookup?.(sought)).toBeNull();
    expect(made().capabilities).toEqual({ envelope: false, dedupesFor: 0, lookup: 'none' });
  });
});

describe('webhooks of own code', () => {
  const hook = { body: new Uint8Array(), headers: new Headers(), now: new Date() };
  const report = { reportId: 'r', type: 'delivered' as const, message: 'msg_1' };

  test('are read, checked, and may say nothing', async () => {
    const reads = (reports: object[]) => made({ readHook: async () => ({ reports: reports as never }) });
    expect(await reads([report]).readHook(hook)).toEqual({ reports: [report] });
    expect(await reads([]).readHook(hook)).toEqual({ reports: [] });
    await expect(reads([{ ...report, smtpStatus: 'ann@x.example' }]).readHook(hook)).rejects.toThrow(
      WebhookRefused,
    );
  });

  test('are refused where it throws anything, and what it threw is not repeated', async () => {
    const refused = made({ readHook: async () => boom() }).readHook(hook);
    await expect(refused).rejects.toThrow(WebhookRefused);
    await expect(refused).rejects.toThrow(/^(?!.*boom)/u);
  });
});

describe('a config', () => {
  const config = (name: string) => parseConfig({ providers: [{ name, type: 'custom' }] }, 'test').providers;

  test('names it as type custom', () => {
    const own = made();
    expect(createProviders(config('own'), { own: [own] }).get('own')).toBe(own);
  });

  test('that names one which nobody handed over says what to do', () => {
    expect(() => createProviders(config('lost'), { own: [made()] })).toThrow(
      /^provider lost: .*defineProvider/u,
    );
  });

  test.each(['', 'Own', 'own_1', 'signal', 'x'.repeat(41)])(
    'cannot name %j, so nothing can be defined so',
    (name) => {
      expect(() => made({ name })).toThrow(ConfigError);
    },
  );
});
