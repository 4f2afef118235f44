/**
 * @module A key never makes a stronger one, whatever is asked of it in whatever order: random makers make keys and
 * principals, rotate and revoke, while time goes on. What "stronger" means is said here once more, on its own.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCOPES, type KeyRow, type Scope } from '../../src/store/store.js';
import { openDoor, type Door, type Key } from '../support/door.js';
import { makeMailbox, MINUTE, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => {
  shared = await testStore();
}, 60_000);
afterAll(() => shared.end());

/** Numbers choose among what there is by then. */
const pick = fc.nat(1_000);
const stepArbitrary = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('create' as const),
      by: pick,
      scopes: fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 }),
      mode: fc.option(fc.constantFrom('live' as const, 'test' as const), { nil: undefined }),
      kind: fc.option(fc.constantFrom('agent' as const, 'person' as const, 'service' as const), {
        nil: undefined,
      }),
      principal: fc.option(pick, { nil: undefined }),
      mailboxes: fc.option(fc.uniqueArray(fc.nat(1), { minLength: 1 }), { nil: undefined }),
      minutes: fc.option(fc.integer({ min: -5, max: 60 }), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('rotate' as const),
      by: pick,
      key: pick,
      overlap: fc.constantFrom(0, 60, 3_600),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('revoke' as const), by: pick, key: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('principal' as const),
      by: pick,
      kind: fc.constantFrom('agent' as const, 'person' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('wait' as const), minutes: fc.nat(20) }) },
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

const isAdmin = ({ scopes, mailboxes }: KeyRow): boolean =>
  scopes.includes('org:admin') && mailboxes === null;
const end = (at: string | null): number => (at === null ? Infinity : Date.parse(at));
const within = <T>(some: readonly T[], all: readonly T[]): boolean => some.every((one) => all.includes(one));

/** What of `made` its maker did not have to give; empty where all is well. */
function tooMuch(made: KeyRow, maker: KeyRow, isNewPrincipal: boolean): string[] {
  const wrong: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what);
  };
  must(end(made.expiresAt) <= end(maker.expiresAt), 'time');
  must(maker.mode === 'live' || made.mode === 'test', 'mode');
  must(maker.kind !== 'agent' || made.kind === 'agent', 'kind');
  must(maker.kind !== 'agent' || made.principal === maker.principal || isNewPrincipal, 'another agent');
  if (isAdmin(maker)) return wrong;
  must(within(made.scopes, maker.scopes), 'scopes');
  must(made.principal === maker.principal, 'principal');
  must(
    maker.mailboxes === null || (made.mailboxes !== null && within(made.mailboxes, maker.mailboxes)),
    'mailboxes',
  );
  return wrong;
}

class Walk {
  readonly keys: Key[];
  readonly principals: string[];
  readonly #boxes: [string, string];

  constructor(
    readonly door: Door,
    second: string,
    keys: Key[],
  ) {
    this.keys = keys;
    this.principals = keys.map(({ row }) => row.principal);
    this.#boxes = [door.mailbox.id, second];
  }

  /** By a key that may be over. Null where it was refused. */
  async #ask(by: Key, method: string, path: string, body: object): Promise<Record<string, unknown> | null> {
    const answer = await this.door.ask(method, path, {
      ...{ key: by.apiKey, ...(method === 'POST' && { body }) },
    });
    expect(answer.status).toBeLessThan(500);
    return answer.status < 300 ? (answer.body as Record<string, unknown>) : null;
  }

  async take(step: Step): Promise<void> {
    if (step.verb === 'wait') {
      shared.clock.advance(step.minutes * MINUTE);
      return;
    }
    const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
    const by = at(this.keys, step.by);
    const maker = await this.door.store.key({ org: this.door.org, line: null, id: by.row.id });
    if (maker === null) throw new Error('a key is never deleted');
    const isOver = maker.revokedAt !== null || end(maker.expiresAt) <= shared.clock().getTime();
    const known = new Set(this.principals);
    let answer: Record<string, unknown> | null;
    if (step.verb === 'create') {
      const { scopes, mode, kind, principal, mailboxes, minutes } = step;
      answer = await this.#ask(by, 'POST', '/v1/keys', {
        ...{ name: 'made', scopes, mode, kind, mailboxes: mailboxes?.map((index) => this.#boxes[index]) },
        ...(principal !== undefined && { principal: at(this.principals, principal) }),
        ...(minutes !== undefined && {
          expiresAt: new Date(shared.clock().getTime() + minutes * MINUTE).toISOString(),
        }),
      });
    } else if (step.verb === 'rotate') {
      const path = `/v1/keys/${at(this.keys, step.key).row.id}/rotate`;
      answer = await this.#ask(by, 'POST', path, { overlap: step.overlap });
    } else if (step.verb === 'revoke')
      answer = await this.#ask(by, 'DELETE', `/v1/keys/${at(this.keys, step.key).row.id}`, {});
    else answer = await this.#ask(by, 'POST', '/v1/principals', { name: 'made', kind: step.kind });

    if (answer === null) return;
    expect([step, isOver]).toEqual([step, false]);
    if (step.verb === 'principal') {
      if (maker.kind === 'agent') expect(answer['kind']).toBe('agent');
      expect(isAdmin(maker)).toBe(true);
      this.principals.push(answer['id'] as string);
    }
    if (typeof answer['apiKey'] !== 'string') return;
    const made = { apiKey: answer['apiKey'], row: answer as unknown as KeyRow };
    expect([step, tooMuch(made.row, maker, !known.has(made.row.principal))]).toEqual([step, []]);
    this.keys.push(made);
    this.principals.push(made.row.principal);
    await this.nobodySendsAndDecides(made.row.principal);
  }

  async nobodySendsAndDecides(principal: string): Promise<void> {
    const { items } = await this.door.store.keys({
      ...{ org: this.door.org, line: null, principal, liveOnly: true, limit: 200 },
    });
    const held = new Set(items.flatMap((one) => one.scopes));
    const apart: Scope[] = ['approvals:decide', 'policy:admin', 'org:admin'];
    expect(held.has('messages:send') && apart.some((scope) => held.has(scope))).toBe(false);
  }
}

/** One of each kind of maker. */
async function start(): Promise<Walk> {
  const door = await openDoor(shared);
  const second = await makeMailbox(door.store, { org: door.org, address: 'second@sender.example' });
  const bound = { kind: 'person' as const, mailboxes: [door.mailbox.id] };
  const short = await door.ask('POST', '/v1/keys', {
    key: door.admin.apiKey,
    body: {
      ...{ name: 'short', kind: 'person', scopes: ['org:admin', 'approvals:decide'] },
      expiresAt: new Date(shared.clock().getTime() + 30 * MINUTE).toISOString(),
    },
  });
  return new Walk(door, second.id, [
    ...[door.admin, door.reviewer, door.agent, { apiKey: short.body.apiKey, row: short.body }],
    await door.key(['org:admin', 'messages:read']),
    await door.key(['org:admin', 'policy:admin', 'messages:read'], bound),
    await door.key(['messages:send', 'messages:read', 'drafts:write'], { mailboxes: [second.id] }),
    await door.key(['org:admin', 'messages:read'], { kind: 'service', mode: 'test' }),
  ]);
}

test('no key makes one with more scopes, mailboxes, time, or another mode or principal than it may give', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { minLength: 10, maxLength: 25 }), async (steps) => {
      const walk = await start();
      for (const step of steps) await walk.take(step);
    }),
    { numRuns: 12 },
  );
}, 180_000);
