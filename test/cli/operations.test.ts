import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerDev } from '../../src/cli/dev.js';
import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/program.js';
import { registerServer, registerWorker } from '../../src/cli/server.js';
import { operationEntries } from '../../src/service/operations.js';
import { runCli, type Ran } from '../support/cli.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

/** Runs a command line against a door in process. */
async function cli(
  door: Door | null,
  argv: string[],
  { apiKey = door?.agent.apiKey, ...over }: Partial<Io> & { apiKey?: string | undefined } = {},
): Promise<Ran> {
  return await runCli(argv, {
    env: {
      MAILWARDEN_URL: 'http://localhost:8025',
      ...(apiKey !== undefined && { MAILWARDEN_API_KEY: apiKey }),
    },
    ...(door && { fetch: async (url, init) => await door.fetch(new Request(url, init)) }),
    ...over,
  });
}

const SEND = ['send', '--to', 'ada@reader.example', '--subject', 'Hello', '--text', 'Hello Ada'];

test('an email is sent, with one line of JSON for a pipe', async () => {
  const door = await openDoor(shared);
  const { code, out, err } = await cli(door, [...SEND, '--json']);
  expect([code, err, out.split('\n').length]).toEqual([0, '', 2]);
  const { id } = JSON.parse(out);
  const shown = await cli(door, ['get', id]);
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('subject: Hello')]);
});

test('a held email is done as far as the caller is concerned: exit code 0', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const { code, out } = await cli(door, SEND);
  expect([code, out]).toEqual([0, expect.stringContaining('status: held')]);
});

test('lists may be repeated, objects are JSON, the text may come from standard input, files are attached', async () => {
  const bodies: unknown[] = [];
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    bodies.push(JSON.parse(init?.body as string));
    return new Response('{"id":"x","status":"queued"}', { status: 202 });
  };
  const argv = [
    ...['send', '--to', 'a@b.example', '--to', '{"address":"c@d.example","name":"C"}', '--subject', 's'],
    ...[
      '--text',
      '-',
      '--headers',
      '{"X-A":"1"}',
      '--reply-to',
      'r@b.example',
      '--tags',
      't',
      '--attach',
      'dir/a.pdf',
    ],
  ];
  const over = {
    readStdin: async () => 'from stdin',
    readFile: () => Buffer.from('%PDF'),
    apiKey: 'k',
    fetch,
  };
  expect(await cli(null, argv, over)).toMatchObject({ code: 0, err: '' });
  expect(bodies).toEqual([
    {
      ...{ to: ['a@b.example', { address: 'c@d.example', name: 'C' }], subject: 's', text: 'from stdin' },
      ...{ headers: { 'X-A': '1' }, replyTo: 'r@b.example', tags: ['t'] },
      attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', content: 'JVBERg==' }],
    },
  ]);
});

test('a person lists, reads and decides', async () => {
  const door = await openDoor(shared, {
    mailbox: { autonomy: 'review_all' },
    script: { update: async (id) => ({ result: 'applied', view: await shared.store.view(id) }) },
  });
  await cli(door, SEND);
  const apiKey = door.reviewer.apiKey;
  const list = await cli(door, ['approvals', 'list', '--limit', '5'], { apiKey });
  expect(list.out).toMatch(/^ID +SUBJECT/u);
  const [id, digest] = [/msg_\S+/u.exec(list.out)?.[0] ?? '', /[0-9a-f]{64}/u.exec(list.out)?.[0] ?? ''];
  const decide = ['approvals', 'decide', id, '--action', 'approve', '--digest', digest];
  expect(await cli(door, decide, { apiKey })).toMatchObject({ code: 0, err: '' });
  expect(
    (await cli(door, ['approvals', 'token', id, '--action', 'approve', '--digest', digest], { apiKey })).out,
  ).toContain('temporal workflow signal');
});

test('a refusal by policy is exit code 3, one line on standard error, and the whole of it as JSON', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'read_only' } });
  const { code, out, err } = await cli(door, [...SEND, '--json']);
  expect(code).toBe(3);
  expect(err).toMatch(/^mailwarden: policy_denied: .+\n$/u);
  expect(JSON.parse(out)).toMatchObject({ code: 'policy_denied', verdict: { outcome: 'deny' } });
});

test.each([
  ['an unknown command', ['sendd'], /unknown command/u],
  ['an unknown flag', [...SEND, '--body', 'x'], /unknown option '--body'/u],
  ['a missing argument', ['get'], /missing required argument 'id'/u],
  ['a word that is no choice', ['list', '--status', 'asleep'], /asleep/u],
  ['what is no number', ['list', '--limit', 'many'], /--limit must be a number/u],
  ['what is no JSON', [...SEND, '--metadata', 'x'], /--metadata must be JSON/u],
  ['a file that is not there', [...SEND, '--attach', 'nowhere'], /cannot read nowhere/u],
])('%s is exit code 2 and says what is wrong', async (_, argv, line) => {
  const unreadable = (): never => {
    throw new Error('ENOENT');
  };
  const { code, err, out } = await cli(null, argv, { apiKey: 'k', readFile: unreadable });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(line);
});

test('no key is exit code 2, a wrong request 1, no server 4, each in one line that says the mend', async () => {
  const noKey = await cli(null, ['list']);
  expect([noKey.code, noKey.err]).toEqual([
    2,
    expect.stringMatching(/^mailwarden: set MAILWARDEN_API_KEY.*\n$/u),
  ]);
  const door = await openDoor(shared);
  const wrong = await cli(door, [...SEND, '--cc', 'nobody', '--bcc', 'neither']);
  expect([wrong.code, wrong.err]).toEqual([
    1,
    expect.stringMatching(/^mailwarden: invalid_request: cc.*bcc.*\n$/u),
  ]);
  const gone = await cli(null, ['keys', 'create', 'x', '--scopes', 'messages:read'], { apiKey: 'k' });
  expect([gone.code, gone.err]).toEqual([
    4,
    expect.stringMatching(/^mailwarden: connection_failed: .*mailwarden dev.*\n$/u),
  ]);
});

test('what a stranger wrote can not steer the terminal', async () => {
  const evil = { id: 'x', subject: '\u001b[2J\u009b31m\u202egood', status: 'sent' };
  const answer = async (body: unknown): Promise<Response> => new Response(JSON.stringify(body));
  for (const argv of [['get', 'x'], ['get', 'x', '--json'], ['list']]) {
    const fetch = (): Promise<Response> =>
      answer(argv[0] === 'list' ? { items: [evil], cursor: null } : evil);
    const { out } = await cli(null, argv, { apiKey: 'k', fetch });
    expect(out).toContain('good');

    expect(out).not.toMatch(/[\u001b\u009b\u202e]/u);
  }
});

test('every operation is a command that tells its flags', async () => {
  for (const [name, { cli: words, method, takes, gives }] of operationEntries()) {
    if (gives === 'events') continue;
    const { code, out } = await cli(null, [...words.words.split(' '), '--help']);
    expect([name, code, out.includes(words.summary)]).toEqual([name, 0, true]);
    if (method === 'POST' && takes !== 'bytes')
      expect([name, out]).toEqual([name, expect.stringContaining('--input')]);
  }
});

test.each([
  ['a key that is not ASCII', { MAILWARDEN_API_KEY: 'mw_live_ü' }, ['list'], /one line of ASCII/u],
  ['a key of two lines', { MAILWARDEN_API_KEY: 'mw_live_a\nmw_live_b' }, ['list'], /one line of ASCII/u],
  ['a URL of a file', { MAILWARDEN_URL: 'file:///etc/passwd' }, ['list'], /must be a URL such as http/u],
  ['an empty id', {}, ['get', ''], /id must not be empty/u],
  ['the id .', {}, ['get', '.'], /id must not be/u],
  ['the id ..', {}, ['keys', 'revoke', '..'], /id must not be/u],
])('%s is wrong use, said before anything is asked', async (_, env, argv, line) => {
  const asked: unknown[] = [];
  const { code, err } = await cli(null, argv, {
    env: { MAILWARDEN_URL: 'http://localhost:8025', MAILWARDEN_API_KEY: 'mw_live_a', ...env },
    fetch: async (url) => {
      asked.push(url);
      return new Response('{}');
    },
  });
  expect([code, asked]).toEqual([2, []]);
  expect(err).toMatch(line);
});

test.each([
  [['dev', '--port', 'many'], /--port/u],
  [['dev', '--port', '70000'], /--port/u],
  [['dev', '--autonomy', 'reckless'], /--autonomy/u],
  [['dev', '--autonomy', '{'], /--autonomy/u],
  [['dev', '--data-dir', ''], /--data-dir/u],
  [['dev', '--log-level', 'loud'], /--log-level/u],
  [['server', '--port', '-1'], /--port/u],
  [['worker', '--log-level', 'loud'], /--log-level/u],
])('%j is wrong use, and starts nothing', async (argv, line) => {
  let err = '';
  const io = { env: {}, stdout: () => undefined, stderr: (text: string) => void (err += text) };
  const code = await run(argv, io as unknown as Io, '0.0.0', [registerDev, registerServer, registerWorker]);
  expect(code).toBe(2);
  expect(err).toMatch(line);
});
