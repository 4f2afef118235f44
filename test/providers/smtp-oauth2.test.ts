/** @module Signing in with OAuth 2.0: a real token endpoint, a real SMTP server, and what goes wrong at either. */
import { generateKeyPairSync, createVerify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.js';
import { createProviders } from '../../src/providers/index.js';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery } from '../contracts/provider.js';
import { startSmtpServer, type RunningSmtp } from '../support/smtp.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const REFRESH = {
  user: 'agent@sender.example',
  clientId: 'client',
  clientSecret: 's3cret-of-client',
  refreshToken: 's3cret-refresh',
};

interface Answer {
  status?: number;
  body: object | string;
}
interface TokenEndpoint {
  url: string;
  /** Answers to the next questions; after them a new token each time. */
  answers: Answer[];
  asked: URLSearchParams[];
  /** The token given last. */
  token(): string;
}

async function startTokens(): Promise<TokenEndpoint> {
  const at: TokenEndpoint = {
    url: '',
    answers: [],
    asked: [],
    token: () => `s3cret-token-${at.asked.length}`,
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      at.asked.push(new URLSearchParams(body));
      const answer: Answer = at.answers.shift() ?? { body: { access_token: at.token(), expires_in: 3600 } };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  at.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return at;
}

function providerAt(url: string, oauth2: object, warned: object[] = []): Provider {
  const { providers } = parseConfig(
    { providers: [{ name: 'smtp', type: 'smtp', url, oauth2: oauth2 as never }] },
    'test',
  );
  const log = { warn: (fields: object) => void warned.push(fields), error: () => undefined };
  const provider = createProviders(providers, { log: log }).get('smtp') as Provider;
  onTestFinished(async () => provider.close?.());
  return provider;
}

interface Scene {
  tokens: TokenEndpoint;
  server: RunningSmtp;
  provider: Provider;
  warned: object[];
}

async function scene(good: (tokens: TokenEndpoint) => string = (one) => one.token()): Promise<Scene> {
  const tokens = await startTokens();
  const server = await startSmtpServer({ auth: { user: REFRESH.user, accessToken: () => good(tokens) } });
  onTestFinished(() => server.stop());
  const warned: object[] = [];
  const provider = providerAt(server.url, { ...REFRESH, accessUrl: tokens.url }, warned);
  return { tokens, server, provider, warned };
}

const config = { outcome: 'not_sent_permanent', reason: 'config' };

describe('a refresh token', () => {
  test('becomes an access token, and the mail is taken', async () => {
    const { tokens, server, provider } = await scene();
    expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
    expect(server.received).toHaveLength(1);
    expect(Object.fromEntries(tokens.asked[0] ?? [])).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client',
      client_secret: 's3cret-of-client',
      refresh_token: 's3cret-refresh',
    });
  });

  test('is asked for once by all connections', async () => {
    const { tokens, server, provider } = await scene();
    const sent = await Promise.all(Array.from({ length: 6 }, () => provider.send(aDelivery())));
    expect(sent.flatMap((one) => one.recipients.map(({ outcome }) => outcome))).toEqual(
      Array(6).fill('accepted'),
    );
    expect([server.received.length, tokens.asked.length]).toEqual([6, 1]);
  });

  test('is asked for again after the server has refused the token, though it has not run out', async () => {
    const { tokens, server, provider } = await scene(() => 's3cret-token-2');
    expect(await provider.send(aDelivery())).toMatchObject({ recipients: [config] });
    expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
    expect([server.received.length, tokens.asked.length]).toEqual([1, 2]);
  });

  test('is good for a check, which sends nothing', async () => {
    const { server, provider } = await scene();
    await provider.check?.();
    expect(server.received).toHaveLength(0);
  });
});

describe('a token that cannot be had is a matter of configuration, and nothing was sent', () => {
  test.each<[string, Answer]>([
    [
      'a refresh token that was withdrawn',
      { status: 400, body: { error: 'invalid_grant', error_description: 's3cret-refresh' } },
    ],
    ['an endpoint out of order', { status: 500, body: 'Internal Server Error' }],
    ['an answer without a token', { body: {} }],
    ['an answer that is none', { body: 'null' }],
  ])('%s', async (_, answer) => {
    const { tokens, server, provider, warned } = await scene();
    tokens.answers.push(answer);
    let asked = 0;
    const receipt = await provider.send(aDelivery({ beforeWire: () => void (asked += 1) }));
    expect(receipt).toEqual({ recipients: [{ index: 0, ...config }] });
    expect([asked, server.received.length]).toEqual([0, 0]);
    expect(warned).toHaveLength(1);
    expect(JSON.stringify([warned, receipt])).not.toMatch(/s3cret|agent@/u);
    // And the next mail may find it mended.
    expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
  });

  test('an endpoint that nobody serves', async () => {
    const { server } = await scene();
    const provider = providerAt(server.url, { ...REFRESH, accessUrl: 'http://127.0.0.1:9/token' });
    expect(await provider.send(aDelivery())).toEqual({ recipients: [{ index: 0, ...config }] });
  });

  test('a server that takes none of the tokens', async () => {
    const { server, provider, warned } = await scene(() => 'the token of somebody else');
    const receipt = await provider.send(aDelivery());
    expect(receipt).toEqual({ recipients: [{ index: 0, ...config, smtpStatus: '535' }] });
    expect(server.received).toHaveLength(0);
    expect(JSON.stringify([warned, provider.describe()])).not.toMatch(/s3cret/u);
  });
});

test('the key of a service account signs for a token', async () => {
  const { tokens, server } = await scene();
  const account = { user: REFRESH.user, serviceClient: 'svc@project.example', privateKey: pem };
  const provider = providerAt(server.url, { ...account, accessUrl: tokens.url });
  expect(await provider.send(aDelivery())).toMatchObject({ recipients: [{ outcome: 'accepted' }] });
  expect(tokens.asked[0]?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [head, claims, signature] = (tokens.asked[0]?.get('assertion') ?? '').split('.') as [
    string,
    string,
    string,
  ];
  const isSigned = createVerify('RSA-SHA256')
    .update(`${head}.${claims}`)
    .verify(publicKey, signature, 'base64url');
  expect(isSigned).toBe(true);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    ...{ iss: 'svc@project.example', sub: REFRESH.user, aud: tokens.url },
  });
});

describe('a config', () => {
  const url = 'smtp://mail.example:587';
  test.each<[string, string, object, RegExp]>([
    [
      'half a refresh',
      url,
      { user: 'u@x.example', refreshToken: 's3cret-refresh' },
      /oauth2 needs clientId/u,
    ],
    ['nothing but a user', url, { user: 'u@x.example' }, /oauth2 needs clientId/u],
    [
      'a key that is none',
      url,
      { user: 'u@x.example', serviceClient: 'c', privateKey: 's3cret-no-pem' },
      /privateKey \(PEM\)/u,
    ],
    [
      'tokens in the clear',
      url,
      { ...REFRESH, accessUrl: 'http://login.example/token' },
      /accessUrl must be https/u,
    ],
    [
      'a password besides',
      'smtp://u:s3cret@mail.example:587',
      REFRESH,
      /either a user in its url or oauth2/u,
    ],
  ])('with %s is refused and shows no secret', (_, at, oauth2, message) => {
    const make = (): Provider => providerAt(at, oauth2);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
    expect(make).toThrow(/^(?!.*s3cret)/u);
  });

  test('sends no token where the server offers no TLS', async () => {
    const { poolOptions } = await import('../../src/providers/smtp/url.js');
    expect(poolOptions('smtp', url, {}, { type: 'OAuth2', user: 'u' }).requireTLS).toBe(true);
  });
});
