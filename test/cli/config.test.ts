/** @module `mailwarden config`: what is in force, and where it comes from. */
import { expect, test } from 'vitest';
import { registerBootstrap } from '../../src/cli/bootstrap.js';
import { registerDoctor } from '../../src/cli/doctor.js';
import { runCli } from '../support/cli.js';

const FILE = `
http: { port: 9000 }
client: { url: "http://in-file.example" }
databaseUrl: \${DB}
providers:
  - { name: relay, type: smtp, url: "\${RELAY}" }
`;

async function settings(
  argv: string[],
  env: Record<string, string>,
): Promise<Record<string, [string, string]>> {
  const { code, out, err } = await runCli(['config', '--json', ...argv], { env, files: { 'a.yaml': FILE } });
  expect([code, err]).toEqual([0, '']);
  const { items } = JSON.parse(out) as { items: { name: string; value: string; source: string }[] };
  return Object.fromEntries(items.map(({ name, value, source }) => [name, [value, source]]));
}

test('a flag wins over the environment, that over the file, and that over the default', async () => {
  const env = { MAILWARDEN_CONFIG: 'a.yaml', DB: 'postgres://u:hidden@h/d', RELAY: 'smtp://u:hidden@h' };
  const file = await settings([], env);
  expect(file['http.port']).toEqual(['9000', 'file']);
  expect(file['http.host']).toEqual(['127.0.0.1', 'default']);
  expect(file['client.url']).toEqual(['http://in-file.example', 'file']);
  const variables = { ...env, MAILWARDEN_URL: 'http://in-env.example', MAILWARDEN_SMTP_URL: 'smtp://other' };
  const fromEnv = await settings([], variables);
  expect(fromEnv['client.url']).toEqual(['http://in-env.example', 'MAILWARDEN_URL']);
  expect(fromEnv['providers[0].name']).toEqual(['relay', 'file']);
  expect(fromEnv['providers[1].name']).toEqual(['smtp', 'MAILWARDEN_SMTP_URL']);
  const flag = await settings(['--server', 'http://in-flag.example'], variables);
  expect(flag['client.url']).toEqual(['http://in-flag.example', '--server']);
  expect((await settings(['--config', 'a.yaml'], { DB: 'x', RELAY: 'smtp://h' }))['http.port']).toEqual([
    '9000',
    'file',
  ]);
});

test('of a provider in the file a variable sets its URL and its secret, and nothing else', async () => {
  const one = "{ name: smtp, provider: smtp, url: 'smtp://file', weight: 7, webhookSecret: '${HOOK}' }";
  const env = { MAILWARDEN_CONFIG: 'a.yaml', HOOK: 'whsec_0123456789', MAILWARDEN_SMTP_URL: 'smtp://other' };
  const sources = async (more: Record<string, string> = {}): Promise<Record<string, string | undefined>> => {
    const { out } = await runCli(['config', '--json'], {
      ...{ env: { ...env, ...more }, files: { 'a.yaml': `providers: [${one}]` } },
    });
    const { items } = JSON.parse(out) as { items: { name: string; source: string }[] };
    return Object.fromEntries(items.map(({ name, source }) => [name.replace('providers[0].', ''), source]));
  };
  expect(await sources()).toMatchObject({
    ...{ type: 'file', url: 'MAILWARDEN_SMTP_URL', weight: 'file', failover: 'default' },
    'webhookSecret[0]': 'file',
  });
  expect(await sources({ MAILWARDEN_SMTP_WEBHOOK_SECRET: 'whsec_9876543210' })).toMatchObject({
    'webhookSecret[0]': 'MAILWARDEN_SMTP_WEBHOOK_SECRET',
  });
});

test('a secret is named and never shown, whatever it came from', async () => {
  const env = {
    ...{ MAILWARDEN_API_KEY: 'mw_live_hidden', DATABASE_URL: 'postgres://u:hidden@h/d' },
    MAILWARDEN_SEAL_KEYS: `k:${'hidden'.padEnd(43, 'a')}`,
    ...{
      MAILWARDEN_SMTP_URL: 'smtp://u:hidden@h',
      MAILWARDEN_SMTP_WEBHOOK_SECRET: 'whsec_hidden_hidden_hidden',
    },
  };
  const shown = await settings(['--changed'], env);
  expect(JSON.stringify(shown)).not.toContain('hidden');
  for (const name of [
    'client.apiKey',
    'databaseUrl',
    'sealKeys[0]',
    'providers[0].url',
    'providers[0].webhookSecret[0]',
  ])
    expect([name, shown[name]?.[0]]).toEqual([name, '(secret)']);
  expect(Object.keys(shown)).not.toContain('http.port');
});

test('a setting that is wrong is wrong use, and is named', async () => {
  const wrong = await runCli(['config'], {
    env: { MAILWARDEN_CONFIG: 'a' },
    files: { a: 'http: { port: many }' },
  });
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/http\.port/u)]);
});

test.each([
  ['bootstrap --org acme', registerBootstrap],
  ['doctor', registerDoctor],
])('--config counts for `mailwarden %s`, too', async (words, register) => {
  const files = { 'wrong.yaml': 'http: { port: many }' };
  const argv = [...words.split(' '), '--config', 'wrong.yaml'];
  const { code, err } = await runCli(argv, { files, more: [register] });
  expect(code).not.toBe(0);
  expect(err).toContain('wrong.yaml:1: http.port');
});
