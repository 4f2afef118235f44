/** @module Which domains DNS is asked about before an email is admitted, and which not. */
import { expect, test } from 'vitest';
import { hostsOf } from '../../activities/hosts.js';
import type { PolicyInput } from '../../src/core/policy/schema.js';
import { mailDomains } from '../../src/mail-domain.js';
import type { MailboxRow, Store } from '../../src/store/store.js';
import { aPolicy, to } from '../support/arbitraries.js';
import { testClock } from '../support/store.js';

const FROM = { org: 'acme', mode: 'live', mailbox: 'mbx_1' } as const;

/** DNS in which every domain takes mail; it and the store say what they were asked. */
function asking(policy: PolicyInput = {}) {
  const asked: string[] = [];
  const clock = testClock();
  const never = async (): Promise<never> => await Promise.reject(new Error('not asked'));
  const domains = mailDomains({
    dns: {
      resolveMx: async (domain) => (asked.push(domain), [{ exchange: 'mx.example' }]),
      resolve4: never,
      resolve6: never,
    },
    ...{ clock, timeLimit: 1_000 },
  });
  const store = {
    mailbox: async () => (asked.push('the store'), { policy: aPolicy(policy) } as MailboxRow),
  } as unknown as Store;
  return { asked, clock, deps: { store, mailDomains: domains } };
}

test('each domain is asked about once, and what is known costs nothing', async () => {
  const { asked, clock, deps } = asking();
  const content = to('ada@a.example', 'bob@B.example', 'cyd@a.example');
  const hosts = { 'a.example': 'accepts', 'b.example': 'accepts' };
  expect(await hostsOf(deps, FROM, content)).toEqual(hosts);
  expect(asked).toEqual(['the store', 'a.example', 'b.example']);
  expect(await hostsOf(deps, FROM, content)).toEqual(hosts);
  expect(asked).toHaveLength(3);
  clock.advance(3_600_000);
  await hostsOf(deps, FROM, to('ada@a.example'));
  expect(asked.slice(3)).toEqual(['the store', 'a.example']);
});

test('nobody is asked for a test key, or where the worker does not ask', async () => {
  const { asked, deps } = asking();
  expect(await hostsOf(deps, { ...FROM, mode: 'test' }, to('ada@a.example'))).toBeUndefined();
  expect(await hostsOf({ store: deps.store }, FROM, to('ada@a.example'))).toBeUndefined();
  expect(asked).toEqual([]);
});

test('DNS hears nothing of a recipient whom the lists keep out, or where the rule is off', async () => {
  for (const policy of [
    { deny: ['a.example'] },
    { allow: ['b.example'] },
    { modes: { recipient_domain: 'off' } },
  ] satisfies PolicyInput[]) {
    const { asked, deps } = asking(policy);
    expect(await hostsOf(deps, FROM, to('secret@a.example'))).toEqual({});
    expect(asked, JSON.stringify(policy)).toEqual(['the store']);
  }
});

test('of a domain with two recipients it is enough that one may be written to', async () => {
  const { asked, deps } = asking({ deny: ['bob@a.example'] });
  await hostsOf(deps, FROM, to('ada@a.example', 'bob@a.example'));
  expect(asked).toEqual(['the store', 'a.example']);
});
