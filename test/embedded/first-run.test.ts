/** @module A first start makes a mailbox and keys; every later one finds them, whatever crashed between. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { devSecrets } from '../../src/embedded/dev-secrets.js';
import type { FirstRun } from '../../src/embedded/first-run.js';
import { firstRun } from '../../src/embedded/first-run.js';
import { keyRing } from '../../src/seal.js';
import { hashKey } from '../../src/service/keys-format.js';
import { temporaryFolder } from './support/folder.js';

type KeyInput = Parameters<FirstRun['store']['createKey']>[0];
type Mailbox = Exclude<Awaited<ReturnType<FirstRun['store']['mailbox']>>, null>;

/** The part of the store that a first run uses, in memory; it can be told to die at a call. */
class Rows {
  mailboxes: Mailbox[] = [];
  keys: (KeyInput & { revoked?: boolean })[] = [];
  calls = 0;
  dieAt = Infinity;

  private step(): void {
    if (++this.calls > this.dieAt) throw new Error('killed');
  }

  readonly store: FirstRun['store'] = {
    mailbox: async (_org, address) => {
      this.step();
      return this.mailboxes.find((one) => one.address === address) ?? null;
    },
    createMailbox: async (mailbox) => {
      this.step();
      if (this.mailboxes.some((one) => one.address === mailbox.address)) return 'exists';
      const made = { ...mailbox, id: `mbx_${this.mailboxes.length}` } as Mailbox;
      this.mailboxes.push(made);
      return made;
    },
    createKey: async (key) => {
      this.step();
      if (!this.keys.some((one) => one.hash === key.hash)) this.keys.push(key);
      return { ...key, id: `key_${this.keys.length}` } as unknown as Awaited<
        ReturnType<FirstRun['store']['createKey']>
      >;
    },
  };
}

test('a first start makes the mailbox and four keys with separate principals', async () => {
  const rows = new Rows();
  const dataDir = temporaryFolder();
  const { mailbox, keys } = await firstRun({ dataDir, store: rows.store, autonomy: 'monitored' });
  expect(mailbox).toMatchObject({
    org: 'default',
    address: 'agent@localhost.test',
    autonomy: 'monitored',
    directStart: true,
  });
  const made = (key: string) => rows.keys.find((one) => one.hash === hashKey(key));
  expect(made(keys.admin)).toMatchObject({
    mode: 'live',
    principal: { kind: 'service', name: 'admin' },
    scopes: [
      'org:admin',
      'policy:admin',
      'suppressions:write',
      'consents:write',
      'webhooks:write',
      'messages:read',
    ],
  });
  expect(made(keys.agent)).toMatchObject({
    mode: 'live',
    principal: { kind: 'agent', name: 'agent' },
    scopes: ['messages:send', 'messages:read', 'drafts:write'],
  });
  expect(made(keys.reviewer)).toMatchObject({
    mode: 'live',
    principal: { kind: 'person', name: 'reviewer' },
    scopes: ['approvals:decide', 'messages:read', 'suppressions:write'],
  });
  expect(made(keys.sandbox)).toMatchObject({
    mode: 'test',
    principal: { kind: 'agent', name: 'sandbox' },
    scopes: ['messages:send', 'messages:read', 'drafts:write'],
  });
  expect(keys.sandbox).toMatch(/^mw_test_/u);
  expect(keys.agent).toMatch(/^mw_live_/u);
  expect(JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8'))).toEqual(keys);
  expect(statSync(join(dataDir, 'keys.json')).mode & 0o777).toBe(0o600);
});

test('every later start answers the same and makes nothing', async () => {
  const rows = new Rows();
  const dataDir = temporaryFolder();
  const first = await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
  const second = await firstRun({ dataDir, store: rows.store, autonomy: 'review_all' });
  expect(second).toEqual(first);
  expect(rows.keys).toHaveLength(4);
  expect(rows.mailboxes).toHaveLength(1);
});

test('after a crash at any step the next start ends with the same rows, and every key in the file lives', async () => {
  for (let dieAt = 0; dieAt <= 8; dieAt++) {
    const rows = new Rows();
    const dataDir = temporaryFolder();
    rows.dieAt = dieAt;
    const crashed = await firstRun({ dataDir, store: rows.store, autonomy: 'auto' }).catch(() => null);
    rows.dieAt = Infinity;
    const { keys } = await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
    if (crashed) expect(keys).toEqual(crashed.keys);
    expect(rows.keys.map((one) => one.hash).sort()).toEqual(Object.values(keys).map(hashKey).sort());
    expect(rows.mailboxes).toHaveLength(1);
  }
});

test('a key that was revoked stays revoked', async () => {
  const rows = new Rows();
  const dataDir = temporaryFolder();
  await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
  rows.keys[1]!.revoked = true;
  await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
  expect(rows.keys).toHaveLength(4);
});

test('when keys.json is deleted, new keys are made that work', async () => {
  const rows = new Rows();
  const dataDir = temporaryFolder();
  const first = await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
  rmSync(join(dataDir, 'keys.json'));
  const second = await firstRun({ dataDir, store: rows.store, autonomy: 'auto' });
  expect(second.keys.agent).not.toBe(first.keys.agent);
  expect(rows.keys.map((one) => one.hash)).toEqual(
    expect.arrayContaining(Object.values(second.keys).map(hashKey)),
  );
});

test('no raw key reaches the store', async () => {
  const rows = new Rows();
  const { keys } = await firstRun({ dataDir: temporaryFolder(), store: rows.store, autonomy: 'auto' });
  for (const key of Object.values(keys)) expect(JSON.stringify(rows.keys)).not.toContain(key);
});

test('the seal keys and the webhook secret are private, usable, and the same on every start', () => {
  const dataDir = temporaryFolder();
  const secrets = devSecrets(dataDir);
  expect(devSecrets(dataDir)).toEqual(secrets);
  expect(keyRing(secrets.sealKeys)).toHaveLength(1);
  expect(Buffer.from(secrets.captureWebhookSecret.replace('whsec_', ''), 'base64')).toHaveLength(32);
  expect(statSync(join(dataDir, 'seal.json')).mode & 0o777).toBe(0o600);
});

test('a secrets file that is damaged is an error that names it, and is not overwritten', () => {
  const dataDir = temporaryFolder();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'seal.json'), '{"sealKeys":["dev1:short"]}', { mode: 0o644 });
  expect(() => devSecrets(dataDir)).toThrow(`${join(dataDir, 'seal.json')} is damaged`);
  expect(() => devSecrets(dataDir)).not.toThrow(/short/u);
  expect(readFileSync(join(dataDir, 'seal.json'), 'utf8')).toContain('short');
  expect(statSync(join(dataDir, 'seal.json')).mode & 0o777).toBe(0o600);
});
