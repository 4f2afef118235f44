/** @module `mailwarden policy apply`, `changes`, `approve` and `reject`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, type Ran } from '../support/cli.js';
import { openDoor, type Door, type Key } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const FILE = 'policy.yaml';

interface Around {
  key?: Key;
  file?: string;
  ask?: (question: string) => Promise<string>;
}

const policy = (words: readonly string[], { key = door.admin, file = '', ask }: Around = {}): Promise<Ran> =>
  runCli(['policy', ...words], {
    env: { MAILWARDEN_URL: 'http://localhost:8025', MAILWARDEN_API_KEY: key.apiKey },
    fetch: async (url, init) => await door.fetch(new Request(url, init)),
    files: { [FILE]: file },
    ...(ask && { ask }),
  });

const hourly = async (): Promise<number> =>
  (await door.store.policy({ org: door.org, mailbox: null }))?.policy.limits.hourly ?? 0;

test('it shows what changes, asks, and sets it only when told to', async () => {
  const file = '# ours\nlimits:\n  hourly: 90\nallow: []\n';
  const questions: string[] = [];
  const answering = (answer: string) => async (question: string) => {
    questions.push(question);
    return answer;
  };
  const no = await policy(['apply', FILE], { file, ask: answering('n') });
  expect([no.code, no.err]).toEqual([1, 'mailwarden: nothing was changed\n']);
  expect(no.out).toMatch(/limits\.hourly +100 +90\n/u);
  expect(no.out).toContain('Warning: allow is set but empty');
  expect(await hourly()).toBe(100);
  const dry = await policy(['apply', FILE, '--dry-run'], { file });
  expect([dry.code, dry.out, await hourly()]).toEqual([0, no.out, 100]);
  const yes = await policy(['apply', FILE, '--why', 'agreed'], { file, ask: answering('y') });
  expect(yes.out).toContain('Applied as version 1');
  expect([questions.length, await hourly()]).toEqual([2, 90]);
  const json = await policy(['apply', FILE, '--json'], { file: 'limits: { hourly: 80 }' });
  expect(JSON.parse(json.out)).toMatchObject({ applied: true, version: 2 });
  const again = await policy(['apply', FILE], { file: 'limits: { hourly: 80 }', ask: answering('n') });
  expect([again.code, again.out]).toEqual([0, 'Nothing changes for the organisation.\n']);
});

test('somebody else who changes it between the question and the answer is not overwritten', async () => {
  const ask = async (): Promise<string> => {
    await policy(['apply', FILE], { file: 'limits: { hourly: 70 }' });
    return 'yes';
  };
  const late = await policy(['apply', FILE], { file: 'limits: { hourly: 60 }', ask });
  expect([late.code, late.err]).toEqual([1, expect.stringContaining('precondition_failed')]);
  expect(await hourly()).toBe(70);
});

test.each([
  [
    'limits:\n  houry: 5\n',
    `${FILE}:2: limits.houry: unknown field; there are: hourly, daily, monthly, onLimit`,
  ],
  ['vip: []\nlimit: 5\n', `${FILE}:2: limit: unknown field; there are: modes, allow, deny, vip`],
  ['limits:\n  rates:\n    - { per: orgs, window: day, limit: 1 }\n', `${FILE}:3: limits.rates[0].per: `],
  ['hours:\n  timeZone: Mars/Phobos\n', `${FILE}:2: hours.timeZone: must be a time zone`],
  ['limits: {\n', `${FILE}:2: is not valid YAML`],
  ['- a\n', `${FILE}: the policy: Invalid input: expected object`],
])('of the file %j it says where it is wrong and what is allowed', async (file, line) => {
  const { code, err } = await policy(['apply', FILE, '--dry-run'], { file });
  expect([code, err]).toEqual([2, expect.stringContaining(line)]);
});

test('a preset is applied by its name, and an unknown file is not taken for one', async () => {
  const { code, out } = await policy(['apply', 'sendkit', '--dry-run']);
  expect([code, out]).toEqual([0, expect.stringContaining('modes.disposable_email')]);
  expect((await policy(['apply', 'sendkat'])).code).toBe(2);
  expect((await policy(['apply'])).err).toContain('name a file, or give --document');
});

test('what an agent loosens is refused with the way to a person, who approves or rejects it', async () => {
  const { address } = door.mailbox;
  const asking = ['apply', FILE, '--mailbox', address];
  const ask = async (limit: number): Promise<string> => {
    const refused = await policy(asking, { key: door.agent, file: `limits: { hourly: ${limit} }` });
    expect([refused.code, refused.out]).toEqual([3, expect.stringMatching(/limits\.hourly .* loosens\n/u)]);
    return /pch_[0-9a-z]+/u.exec(refused.err)?.[0] ?? '';
  };
  const [first, second] = [await ask(500), await ask(600)];
  expect((await policy(['changes', '--status', 'pending'])).out).toContain(first);
  const no = await policy(['reject', second, '--comment', 'too many']);
  expect([no.code, no.out]).toEqual([0, expect.stringContaining('status: rejected')]);
  expect((await policy(['approve', first])).out).toContain('status: approved');
  const row = await door.store.mailbox(door.org, door.mailbox.id);
  expect(row?.policy.limits.hourly).toBe(500);
});
