/** @module `mailwarden policy` explain, simulate, replay and test: what policy says, said to people and to CI. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { runCli } from '../support/cli.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

const POLICY = { vip: ['boss@reader.example'], deny: ['blocked.example'] };

describe('on a server', () => {
  let shared: TestStore;
  let door: Door;
  let cli: Partial<Io>;
  beforeAll(async () => {
    shared = await testStore();
    door = await openDoor(shared, { mailbox: { policy: POLICY } });
    const { apiKey } = await door.key(['messages:read', 'policy:admin'], { kind: 'person' });
    cli = {
      env: { MAILWARDEN_URL: 'http://localhost:8025', MAILWARDEN_API_KEY: apiKey },
      fetch: async (url, init) => await door.fetch(new Request(url, init)),
    };
  }, 120_000);
  afterAll(() => shared.end());
  const send = async (to: string): Promise<string> =>
    (await door.ask('POST', '/v1/messages', { body: { to, subject: 'Hi', text: 'x' } })).body.id;

  test('explain shows every rule with its numbers, and marks what decided', async () => {
    const id = await send('boss@reader.example');
    const { code, out } = await runCli(['policy', 'explain', id], cli);
    expect(code).toBe(0);
    expect(out).toContain(
      `${id} is held. Policy asks a person to look at it first: vip_recipient (recipients 0).`,
    );
    expect(out).toMatch(/^\* vip_recipient +failed, review +recipients 0/mu);
    expect(out).toMatch(/^ {2}rate_limit_hourly +passed +current 0, limit 100/mu);
    expect(out).toMatch(/^Policy [0-9a-f]{12,}; \* decided\.$/mu);
    const json = JSON.parse((await runCli(['policy', 'explain', id, '--json'], cli)).out);
    expect(json).toMatchObject({
      id,
      status: 'held',
      judgements: [{ outcome: 'review', rules: 'vip_recipient' }],
    });
    expect((await runCli(['policy', 'explain', 'msg_none'], cli)).code).toBe(1);
  });

  test('simulate reads a list of emails, and says of each what would become of it', async () => {
    const files = {
      'emails.yaml':
        '- { to: ada@reader.example, subject: Hi, text: x }\n- { to: eve@blocked.example, subject: Hi, text: x }\n',
    };
    const { code, out } = await runCli(['policy', 'simulate', 'emails.yaml'], { ...cli, files });
    expect(code).toBe(0);
    expect(out).toMatch(/^1 +allow +queued /mu);
    expect(out).toContain('2: Policy denies it: recipient_deny_list (recipients 0).');
    expect(out).toContain('Nothing was sent');
    const bad = await runCli(['policy', 'simulate', 'missing.yaml'], cli);
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('missing.yaml')]);
  });

  test('replay shows the emails of which a candidate says something else', async () => {
    const id = await send('bo@other.example');
    const files = { 'candidate.yaml': 'deny: [other.example]\n' };
    const { code, out } = await runCli(['policy', 'replay', 'candidate.yaml', '--limit', '9'], {
      ...cli,
      files,
    });
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^${id} .*allow +allow +deny +recipient_deny_list$`, 'mu'));
    expect(out).toContain('allow → deny: 1');
  });
});

describe('policy test', () => {
  const run = (yaml: string, ...flags: string[]) =>
    runCli(['policy', 'test', 'cases.yaml', ...flags], { files: { 'cases.yaml': yaml } });
  const CASES = `
policy: { deny: [blocked.example], hours: { quiet: [{ from: '22:00', until: '06:00' }] } }
cases:
  - name: nobody writes to a blocked domain
    email: { to: [ada@reader.example, eve@blocked.example] }
    expect: { outcome: deny, rules: [recipient_deny_list] }
  - name: a full hour
    email: { to: ada@reader.example }
    facts: { usage: { hourly: { used: 100 } } }
    expect: { outcome: deny, rules: [rate_limit_hourly] }
  - name: at night it waits
    at: '2026-03-02T23:00:00Z'
    email: { to: ada@reader.example }
    expect: { outcome: wait, rules: [sending_hours] }
  - name: an ordinary one goes
    email: { to: ada@reader.example }
    expect: { outcome: allow, rules: [] }
`;

  test('passes where policy says what is expected, without a server', async () => {
    const { code, out, err } = await run(CASES);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('ok    at night it waits\n');
    expect(out).toContain('4 cases, all as expected.');
  });

  test('ends with 1 on a difference, and shows which rule said what', async () => {
    const { code, out, err } = await run(
      CASES.replace('outcome: wait, rules: [sending_hours]', 'outcome: allow'),
    );
    expect([code, err]).toEqual([1, expect.stringContaining('1 of 4 cases')]);
    expect(out).toContain('FAIL  at night it waits');
    expect(out).toContain('expected allow, and policy says wait by sending_hours');
    // The outcome alone is not all: another rule may be what decides.
    expect((await run(CASES.replace('rules: [rate_limit_hourly]', 'rules: [cooldown]'))).code).toBe(1);
    const json = await run(
      CASES.replace('outcome: wait, rules: [sending_hours]', 'outcome: allow'),
      '--json',
    );
    expect(JSON.parse(json.out)).toMatchObject({ cases: 4, failed: 1 });
  });

  test('a file that is wrong is refused with its line and field', async () => {
    const wrong = async (from: string, to: string): Promise<string> => {
      const { code, err } = await run(CASES.replace(from, to));
      expect(code).toBe(2);
      return err;
    };
    expect(await wrong('deny: [blocked', 'dney: [blocked')).toMatch(
      /cases\.yaml:2: policy\.dney: unknown field/u,
    );
    expect(await wrong('outcome: wait', 'outcome: maybe')).toMatch(
      /cases\.yaml:\d+: cases\[2\]\.expect\.outcome/u,
    );
    expect(await wrong('facts: { usage:', 'facts: { usgae:')).toMatch(
      /cases\[1\]\.facts\.usgae: is no fact/u,
    );
    expect(await wrong('facts: { usage: {', 'facts: { contacted: {')).toMatch(/is of another kind/u);
  });
});
