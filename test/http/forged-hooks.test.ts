/** @module Ten thousand webhooks that are not genuine, over each form: none does anything, none is answered 5xx. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { hookForms, type Hook, type HookForm, type Target } from '../support/hook-forms.js';
import { verifies } from '../support/requirements.js';
import { admission, content, go, testStore, type TestStore } from '../support/store.js';

const HOOKS = 10_000;
const AT_ONCE = 32;
const DAY = 24 * 3_600_000;

let shared: TestStore;
let door: Door;
let forms: HookForm[];
beforeAll(async () => {
  shared = await testStore();
  // Some readers have no other clock than the real one.
  shared.clock.set(new Date());
  forms = hookForms();
  door = await openDoor(shared, {
    script: { update: async () => ({ result: '', view: null }) },
    hookReaders: Object.fromEntries(forms.map(({ name, reader }) => [name, reader])),
    deps: { hookEndpoints: { own: 'a-secret-endpoint' } },
  });
}, 60_000);
afterAll(() => shared.end());

const pathOf = ({ name }: HookForm): string =>
  name === 'own' ? '/v1/hooks/own/a-secret-endpoint' : `/v1/hooks/${name}`;

/** An email that this provider has taken, under an id of its own. */
async function sentBy({ name }: HookForm, index: number): Promise<Target> {
  const to = `reader-${name}-${index}@reader.example`;
  const owner = admission(door.mailbox, { content: content({ to: [to] }) });
  await shared.store.admit(owner);
  const claimed = await go(shared.store, owner, { provider: name });
  const id = `${name}-${owner.id}`;
  await shared.store.recordReceipt({
    ...{ id: owner.id, run: owner.run, attempt: claimed.attempt, try: claimed.try, provider: name },
    ...{ reports: [], receipt: { recipients: [{ index: 0, outcome: 'accepted' }], providerMessageId: id } },
  });
  return { id, to, message: owner.id };
}

async function post(path: string, { body, headers }: Hook): Promise<Response> {
  const init = { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> };
  return await door.fetch(new Request(`http://localhost${path}`, init));
}

/** Every row that a report can change or make, as text. */
async function rows(): Promise<string> {
  const tables = ['messages', 'recipients', 'reports', 'suppressions', 'soft_bounces', 'investigations'];
  const parts = [...tables, 'hook_tokens', 'audit', 'outbox', 'attempts'].map(async (table) => {
    const { rows: found } = await sql<{ row: string }>`
      select to_jsonb(one)::text as row from ${sql.table(table)} one
    `.execute(shared.db);
    return `${table} ${found.length}\n${found
      .map(({ row }) => row)
      .sort()
      .join('\n')}`;
  });
  return (await Promise.all(parts)).join('\n\n');
}

/** mulberry32: the same numbers in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

interface Scene {
  form: HookForm;
  target: Target;
  /** Genuine, about another email, and applied already. */
  old: Hook;
  random: () => number;
}
interface Attack extends Hook {
  path?: string;
}

const below = (random: () => number, most: number): number => Math.floor(random() * most);

function withByteChanged({ body, headers }: Hook, random: () => number): Hook {
  const changed = Uint8Array.from(body);
  const at = below(random, changed.length);
  changed[at] = ((changed[at] ?? 0) + 1 + below(random, 255)) % 256;
  return { body: changed, headers };
}

const JUNK: readonly string[] = [
  ...['', '{}', '[]', 'null', '0', '"x"', '{"reports":{}}', '[null]', '[[[[[]]]]]', '\u0000', '\ufeff{}'],
  '{"__proto__":{"reports":[]},"signature":{"__proto__":null}}',
  '{"Type":"Notification","Message":"{}","SigningCertURL":"http://169.254.169.254/"}',
  '{"signature":{"timestamp":"9e99","token":{},"signature":"g"},"event-data":[]}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"reports":[${'0,'.repeat(5_000)}0]}`,
];

/** What can be made without the secret. None of these may do anything. */
const ATTACKS: Readonly<Record<string, (scene: Scene) => Attack | null>> = {
  forged: ({ form, target }) => form.bounce(target, { forged: true }),
  // About the email that it wants to harm, under a genuine signature of another body; the body alone where nothing signs.
  swapped: ({ form, target, old }) =>
    form.signs === 'body' ? { body: form.bounce(target, { forged: true }).body, headers: old.headers } : null,
  unsigned: ({ form, target }) => ({
    body: form.bounce(target, { forged: true }).body,
    headers: new Headers(),
  }),
  stale: ({ form, target, random }) => {
    if (form.oldestMs === null) return null;
    const at = new Date(Date.now() - form.oldestMs - 60_000 - below(random, 30 * DAY));
    return form.bounce(target, { at });
  },
  early: ({ form, target, random }) =>
    form.oldestMs === null
      ? null
      : form.bounce(target, { at: new Date(Date.now() + 3_600_000 + below(random, DAY)) }),
  replayed: ({ old }) => old,
  truncated: ({ form, target, random }) => {
    // Never one whole: whoever has the credentials is believed, so that of those only what is cut off is left.
    const { body, headers } = form.bounce(target, { forged: form.signs === 'token' });
    return { body: body.slice(0, below(random, body.length - 2)), headers };
  },
  changed: ({ form, old, random }) => {
    if (form.signs !== 'body') return null;
    return withByteChanged(old, random);
  },
  // A token that was used, with a body about another email.
  reused: ({ form, target, old }) => {
    if (form.signs !== 'token') return null;
    const { signature } = JSON.parse(new TextDecoder().decode(old.body)) as { signature: object };
    const wanted = JSON.parse(new TextDecoder().decode(form.bounce(target).body)) as object;
    return { body: new TextEncoder().encode(JSON.stringify({ ...wanted, signature })), headers: old.headers };
  },
  junk: ({ old, random }) => ({
    body: new TextEncoder().encode(JUNK[below(random, JUNK.length)]),
    headers: random() < 0.5 ? old.headers : new Headers(),
  }),
  noise: ({ old, random }) => ({
    body: Uint8Array.from({ length: below(random, 400) }, () => below(random, 256)),
    headers: old.headers,
  }),
  misdirected: ({ form, target, random }) => ({
    ...form.bounce(target),
    path: ['/v1/hooks/nobody', '/v1/hooks/own', '/v1/hooks/own/default', '/v1/hooks/own/A-secret-endpoint'][
      below(random, 4)
    ] as string,
  }),
};

test('over each form a genuine bounce suppresses, so that the forged ones would', async () => {
  for (const form of forms) {
    const target = await sentBy(form, 0);
    const answer = await post(pathOf(form), form.bounce(target));
    expect([form.name, answer.status, await answer.json()]).toEqual([
      form.name,
      200,
      { applied: 1, duplicates: 0, unmatched: 0 },
    ]);
    expect([form.name, (await shared.store.view(target.message))?.status]).toEqual([form.name, 'bounced']);
  }
});

verifies(
  'feedback:once',
  'ten thousand forged, stale, replayed or truncated webhooks do nothing, and none is answered 5xx',
  async () => {
    const random = numbers(6);
    const scenes: Scene[] = [];
    for (const form of forms) {
      const past = await sentBy(form, 1);
      const old = form.bounce(past);
      expect((await post(pathOf(form), old)).status).toBe(200);
      for (let i = 2; i < 5; i++) scenes.push({ form, target: await sentBy(form, i), old, random });
    }
    const kinds = Object.entries(ATTACKS);
    const before = await rows();
    const statuses = new Map<string, number>();
    const failed: string[] = [];
    let sent = 0;
    const send = async (): Promise<void> => {
      while (sent < HOOKS) {
        const number = sent++;
        const scene = scenes[number % scenes.length]!;
        const [kind, attack] = kinds[Math.floor(number / scenes.length) % kinds.length]!;
        const hook: Attack = attack(scene) ?? scene.form.bounce(scene.target, { forged: true });
        const { status } = await post(hook.path ?? pathOf(scene.form), hook);
        if (status >= 500) failed.push(`${scene.form.name} ${kind} ${status}`);
        statuses.set(`${kind} ${status}`, (statuses.get(`${kind} ${status}`) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, send));
    expect(failed).toEqual([]);
    expect(await rows()).toBe(before);
    // Only a copy is answered 200, as what it is, and what of a shape that is new says nothing.
    const taken = [...statuses.keys()].filter((one) => one.endsWith(' 200'));
    expect(taken.filter((one) => !/^(?:replayed|junk|truncated) /u.test(one))).toEqual([]);
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(HOOKS);
  },
  120_000,
);
