/**
 * @module Tenants: whoever names what is another's gets the answer that they would get for what nobody has, byte for
 * byte, sees nothing of it anywhere, and changes nothing. Walks every operation of the table.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationEntries, pathFields, type Operation } from '../../src/service/operations.js';
import type { Answer, Key } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';
import { CASES, Foreign, Own, type Variant } from '../support/tenancy-cases.js';
import { openTenants, type Intruder, type Pair, type Tenants, type Things } from '../support/tenants.js';

let shared: TestStore;
let tenants: Tenants;
beforeAll(async () => {
  shared = await testStore();
  tenants = await openTenants(shared);
}, 60_000);
afterAll(() => shared.end());

/** Those of a pair that have the scope; an operation without one is for every key. */
const mayCall = ({ scopes }: Operation, keys: Pair): Key[] =>
  Object.values(keys).filter(
    ({ row }) => scopes.length === 0 || scopes.some((scope) => row.scopes.includes(scope)),
  );

function filled(value: unknown, things: Things, own: Intruder['own']): unknown {
  if (value instanceof Foreign) return things[value.thing];
  if (value instanceof Own) return own[value.thing];
  if (Array.isArray(value)) return value.map((one) => filled(one, things, own));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, things, own)]));
}

function foreignIn(value: unknown): Foreign[] {
  if (value instanceof Foreign) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(foreignIn) : [];
}

async function call(operation: Operation, key: Key, input: Record<string, unknown>): Promise<Answer> {
  const rest = new Map(Object.entries(input));
  const isShort = pathFields(operation.path).some((field) => !rest.has(field));
  const template = isShort ? (operation.shortPath ?? operation.path) : operation.path;
  const path = template.replace(/\{(\w+)\}/gu, (_, field: string) => {
    const value = rest.get(field) as string;
    rest.delete(field);
    return encodeURIComponent(value);
  });
  const { method } = operation;
  if (method !== 'GET' && method !== 'DELETE')
    return await tenants.door.ask(method, path, { key: key.apiKey, body: Object.fromEntries(rest) });
  const query = new URLSearchParams(
    [...rest].map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return await tenants.door.ask(method, query === '' ? path : `${path}?${query}`, { key: key.apiKey });
}

/** An answer as text, without what every answer has anew, and without the caller's own words. */
function told({ status, body }: Answer, things: Things): string {
  const { requestId: _, ...rest } = body ?? {};
  return Object.values(things).reduce(
    (text, one) => text.replaceAll(one, '…'),
    `${status} ${JSON.stringify(rest)}`,
  );
}

const variantsFor = (name: keyof typeof CASES, { name: who, shares }: Intruder): readonly Variant[] =>
  CASES[name].filter(
    ({ input, only }) =>
      (only === undefined || only.includes(who)) && !foreignIn(input).some(({ thing }) => shares.has(thing)),
  );

const SECRETS = /Secret (subject|text|draft)|secret@reader|secret key/u;

test.each(operationEntries())(
  '%s tells and does nothing about what is another’s',
  async (name, operation) => {
    const { things, nobody, intruders } = tenants;
    for (const intruder of intruders)
      for (const variant of variantsFor(name, intruder))
        for (const key of mayCall(operation, intruder.keys)) {
          const who = `${intruder.name} ${key.row.kind} ${JSON.stringify(variant.input)}`;
          const inputFor = (whose: Things): Record<string, unknown> =>
            filled(variant.input, whose, intruder.own) as Record<string, unknown>;
          const before = intruder.name === 'stranger' ? await tenants.rows() : '';
          const answer = await call(operation, key, inputFor(things));
          expect([who, answer.status < 500]).toEqual([who, true]);
          if (intruder.name === 'stranger') expect(await tenants.rows()).toBe(before);

          const text = JSON.stringify(answer.body);
          expect([who, SECRETS.exec(text)]).toEqual([who, null]);
          const isNamed = foreignIn(variant.input).length > 0;
          const given = JSON.stringify(inputFor(things));
          for (const thing of Object.values(things))
            if (!given.includes(thing) && !(intruder.name === 'tester' && thing === things.mailbox))
              expect([who, thing, text.includes(thing)]).toEqual([who, thing, false]);
          if (!isNamed) continue;
          const missing = await call(operation, key, inputFor(nobody));
          expect([who, told(answer, things)]).toEqual([who, told(missing, nobody)]);
        }
  },
);

test('a test key changes no mailbox, key or principal, though it may see them', async () => {
  const { things, intruders } = tenants;
  const keys = intruders.find((one) => one.name === 'tester')!.keys;
  for (const [method, path, body] of [
    ['PATCH', `/v1/mailboxes/${things.mailbox}`, { status: 'paused' }],
    ['POST', `/v1/keys/${things.key}/rotate`, {}],
    ['DELETE', `/v1/keys/${things.key}`, undefined],
    ['PATCH', `/v1/principals/${things.principal}`, { name: 'Mine' }],
  ] as const) {
    const answer = await tenants.door.ask(method, path, { key: keys.keeper.apiKey, ...(body && { body }) });
    expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'scope_missing']);
  }
});

test('all of it is there after every other call, as it was, for its owner', async () => {
  const { intruders } = tenants;
  const before = await tenants.seen();
  for (const [name, operation] of operationEntries())
    for (const intruder of intruders)
      for (const { input } of variantsFor(name, intruder))
        for (const key of mayCall(operation, intruder.keys))
          if (foreignIn(input).length > 0)
            await call(
              operation,
              key,
              filled(input, tenants.things, intruder.own) as Record<string, unknown>,
            );
  const after = await tenants.seen();
  const timeless = (text: string): string => text.replace(/"lastUsedAt":[^,]*/gu, '');
  expect(timeless(after)).toBe(timeless(before));
});

/** Also where it is there, but in no state for this. */
const isFound = ({ status, body }: Answer): boolean =>
  status < 300 ? !Array.isArray(body.items) || body.items.length > 0 : [409, 412].includes(status);

test('the owner, by the same calls, finds everything', async () => {
  const own = { mailbox: tenants.things.mailbox, webhook: '' };
  const last = (operation: Operation): number => (operation.destructive === true ? 1 : 0);
  const entries = operationEntries().sort(([, one], [, two]) => last(one) - last(two));
  for (const [name, operation] of entries)
    for (const { input } of CASES[name]) {
      if (
        foreignIn(input).length === 0 ||
        Object.values(input).some((one) => one instanceof Own && one.thing === 'webhook')
      )
        continue;
      if (operation.gives === 'events') continue;
      const answers = await Promise.all(
        mayCall(operation, tenants.owner).map((key) =>
          call(operation, key, filled(input, tenants.things, own) as Record<string, unknown>),
        ),
      );
      // One of its keys does; another may see less.
      const statuses = answers.map((one) => one.status);
      expect([name, input, statuses, answers.some(isFound)]).toEqual([name, input, statuses, true]);
    }
});
