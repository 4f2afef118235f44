import { expect, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { TEMPLATE } from '../../src/cli/init.js';
import { run } from '../../src/cli/program.js';
import { configSchema, loadConfig } from '../../src/config.js';

test('the file that init writes says every default, and nothing else', () => {
  const parsed = parse(TEMPLATE) as Record<string, unknown>;
  expect(configSchema.parse(parsed)).toEqual(configSchema.parse({}));
});

test('every setting there is stands in the file, if only as a comment', () => {
  const names = new Set<string>();
  const visit = (schema: unknown): void => {
    const { shape, element, def } = schema as {
      shape?: Record<string, unknown>;
      element?: unknown;
      def?: { innerType?: unknown; element?: unknown };
    };
    if (shape)
      for (const [name, inner] of Object.entries(shape)) {
        names.add(name);
        visit(inner);
      }
    else if (element) visit(element);
    else if (def?.innerType) visit(def.innerType);
  };
  visit(configSchema);
  expect(names.size).toBeGreaterThan(25);
  for (const name of names) expect(TEMPLATE).toMatch(new RegExp(`\\b${name}:`, 'u'));
});

test('with its comments taken away the examples are valid, too', () => {
  const uncommented = TEMPLATE.replace(
    /^# (?=( {2,}|providers:|tls:|publicUrl:|sealKeys:|databaseUrl:))/gmu,
    '',
  )
    .replace(/^( +)# (?=(publicUrl|tls):)/gmu, '$1')
    .replace(/^providers: \[\]$/mu, '')
    .replace(/^sealKeys: \[\]$/mu, '');
  const env = {
    ...{ MAILWARDEN_CONFIG: 'x', DATABASE_URL: 'postgres://h/d', MAILWARDEN_SEAL_KEY: `k:${'a'.repeat(43)}` },
    MAILWARDEN_SMTP_WEBHOOK_SECRET: 'whsec_0123456789abcdef',
  };
  const config = loadConfig({ ...env, MAILWARDEN_SMTP_URL: 'smtp://h:25' }, () => uncommented);
  expect(config.providers).toMatchObject([{ name: 'smtp' }]);
  expect([config.http.publicUrl, config.sealKeys]).toEqual([
    'https://mail.example.com',
    [env.MAILWARDEN_SEAL_KEY],
  ]);
});

test('init writes the file once and leaves one alone that is there', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mailwarden-init-'));
  const file = path.join(folder, 'mailwarden.yaml');
  let err = '';
  const io = {
    env: {},
    stdout: () => undefined,
    stderr: (text: string) => void (err += text),
    readFile: readFileSync,
    writeNewFile: (at: string, text: string) => writeFileSync(at, text, { flag: 'wx' }),
    readStdin: async () => '',
    fetch: globalThis.fetch,
  };
  try {
    expect(await run(['init', '--file', file], io, '0')).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(TEMPLATE);
    writeFileSync(file, 'mine');
    expect(await run(['init', '--file', file], io, '0')).toBe(2);
    expect([readFileSync(file, 'utf8'), err]).toEqual(['mine', expect.stringMatching(/is there already/u)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
