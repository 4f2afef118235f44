/**
 * @module Schemathesis against a running server: every check, every phase, several seeds, each with another key.
 *
 * Two things are apart. `events.stream` never ends, so it is left out (test/http/event-stream.test.ts has it). Calls that can end a
 * key would end the one that asks: they come last, with a key that is there for nothing else.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../../src/embedded/dev.js';
import type { Line } from './mcp.js';
import { runCommand } from './run-command.js';

const CONFIG = fileURLToPath(new URL('schemathesis.toml', import.meta.url));

const ENDLESS = 'events.stream';
const ENDS_KEYS = ['keys.revoke', 'keys.rotate'];
const SPARE = { name: 'spare', scopes: ['org:admin', 'messages:read'], kind: 'person' };

export interface SchemathesisOptions {
  api: string;
  keys: Ready['keys'];
  /** Where the package was installed. */
  python: string;
  /** Where the reports go. */
  folder: string;
  /** Fewer examples, and one seed. */
  quick: boolean;
  say: (line: string) => void;
}

interface Run {
  suite: string;
  key: string;
  seed: number;
  /** Which operations, in its own words. */
  only: string[];
}

export async function runSchemathesis(options: SchemathesisOptions): Promise<Line[]> {
  const { keys, api, quick } = options;
  await mkdir(options.folder, { recursive: true });
  await furnish(options);
  const most = [ENDLESS, ...ENDS_KEYS].flatMap((one) => ['--exclude-operation-id', one]);
  const seeds = [
    { seed: 1, name: 'admin', key: keys.admin },
    { seed: 2, name: 'agent', key: keys.agent },
    { seed: 3, name: 'reviewer', key: keys.reviewer },
  ];
  const lines: Line[] = [];
  for (const { seed, name, key } of quick ? seeds.slice(0, 2) : seeds)
    lines.push(await once(options, { suite: `schemathesis, seed ${seed}, ${name}`, key, seed, only: most }));
  const only = ENDS_KEYS.flatMap((one) => ['--include-operation-id', one]);
  const { apiKey: key } = await made<{ apiKey: string }>(api, keys.admin, 'keys', SPARE);
  lines.push(await once(options, { suite: 'schemathesis, calls that end keys', key, seed: 1, only }));
  const endless = { suite: `schemathesis, ${ENDLESS}`, passed: 0, failed: 0, skipped: 1 };
  return [...lines, { ...endless, note: 'it never ends; test/http/event-stream.test.ts has it' }];
}

/** One of most things, so that there is something to be found, changed and taken away. */
async function furnish({ api, keys }: SchemathesisOptions): Promise<void> {
  const email = { to: 'ada@example.com', subject: 'Your order 1042', text: 'It is on its way.' };
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await made(api, keys.agent, 'messages', email);
  await made(api, keys.agent, 'messages', { ...email, sendAt: tomorrow });
  await made(api, keys.agent, 'drafts', email);
  await made(api, keys.admin, 'suppressions', { address: 'never@example.com' });
  await made(api, keys.admin, 'webhooks', { url: 'http://127.0.0.1:9/nobody' });
  const held = await made<{ id: string }>(api, keys.admin, 'mailboxes', { address: 'held@example.com' });
  const path = `mailboxes/${held.id}/messages`;
  await made(api, keys.agent, path, email);
  await made(api, keys.agent, path, { ...email, subject: 'Your order 1043' });
}

/** What a POST answered. */
async function made<T>(api: string, key: string, path: string, body: object): Promise<T> {
  const response = await fetch(`${api}/v1/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

async function once(options: SchemathesisOptions, { suite, key, seed, only }: Run): Promise<Line> {
  const { api, python, folder, quick, say } = options;
  const report = join(folder, `${suite.replaceAll(/\W+/gu, '-')}.xml`);
  const ran = await runCommand(
    'python3',
    [
      ...['-m', 'schemathesis.cli', '--config-file', CONFIG, 'run', `${api}/openapi.json`, '--checks', 'all'],
      ...['--header', `Authorization: Bearer ${key}`, '--seed', String(seed), '-n', quick ? '5' : '30'],
      // The longest `wait`, and some. One call at a time: with threads its generator fails on Python 3.11.
      ...['--request-timeout', '150', '--output-truncate', 'false', '--continue-on-failure'],
      ...['--report', 'junit', '--report-junit-path', report, ...only],
    ],
    { ms: quick ? 600_000 : 1_800_000, env: { PYTHONPATH: python, NO_COLOR: '1' }, cwd: folder },
  );
  if (ran.code !== 0) say(ran.output.slice(-20_000));
  return lineOf(suite, ran.code, await readFile(report, 'utf8').catch(() => ''), ran.output);
}

/** From the report; how many calls were made stands in what it prints. */
function lineOf(suite: string, code: number | null, report: string, output: string): Line {
  const count = (name: string): number =>
    Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`, 'u').exec(report)?.[1] ?? 0);
  const [tests, wrong] = [count('tests'), count('failures') + count('errors')];
  const failed = wrong > 0 || (code === 0 && tests > 0) ? wrong : 1;
  const calls = /([\d,]+) generated/u.exec(output)?.[1];
  return {
    suite,
    passed: Math.max(0, tests - wrong),
    failed,
    skipped: 0,
    note:
      calls === undefined
        ? 'it did not run to its end'
        : `${calls} calls; see schemathesis.toml for what 400 and 412 may mean`,
  };
}
