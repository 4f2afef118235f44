/**
 * @module What a first `dev` finds ready: a mailbox and four keys. The raw keys go to disk before their rows
 * are made, and what is missing is made at every start, so that a crash in between leaves no dead key.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { Mode } from '../core/email/id.js';
import type { Autonomy } from '../core/policy/schema.js';
import { hashKey, isWellFormedKey, makeKey } from '../service/keys-format.js';
import type { MailboxRow, PrincipalKind, Scope, Store } from '../store/store.js';
import { readOrMake } from './private-file.js';

const ORG = 'default';
const ADDRESS = 'agent@localhost.test';
/** Who made it, in the audit. */
const BY = 'dev';

/** `messages:send` and `approvals:decide` are never one principal's. */
const KEYS: Readonly<Record<DevKeyName, { kind: PrincipalKind; mode: Mode; scopes: Scope[] }>> = {
  admin: {
    kind: 'service',
    mode: 'live',
    scopes: [
      'org:admin',
      'policy:admin',
      'suppressions:write',
      'consents:write',
      'webhooks:write',
      'messages:read',
    ],
  },
  agent: { kind: 'agent', mode: 'live', scopes: ['messages:send', 'messages:read', 'drafts:write'] },
  reviewer: {
    kind: 'person',
    mode: 'live',
    scopes: ['approvals:decide', 'messages:read', 'suppressions:write'],
  },
  sandbox: { kind: 'agent', mode: 'test', scopes: ['messages:send', 'messages:read', 'drafts:write'] },
};

const key = z.string().refine(isWellFormedKey);
const keysSchema = z.object({ admin: key, agent: key, reviewer: key, sandbox: key });
export type DevKeys = z.output<typeof keysSchema>;
export type DevKeyName = keyof DevKeys;

export interface FirstRun {
  dataDir: string;
  store: Pick<Store, 'createMailbox' | 'mailbox' | 'createKey'>;
  /** Of the mailbox, where it is made now; one that exists keeps its own. */
  autonomy: Autonomy;
}

/** Makes what is missing; answers the same mailbox and keys on every start. */
export async function firstRun({
  dataDir,
  store,
  autonomy,
}: FirstRun): Promise<{ mailbox: MailboxRow; keys: DevKeys }> {
  const keys = readOrMake(join(dataDir, 'keys.json'), keysSchema, () => ({
    admin: makeKey(KEYS.admin.mode),
    agent: makeKey(KEYS.agent.mode),
    reviewer: makeKey(KEYS.reviewer.mode),
    sandbox: makeKey(KEYS.sandbox.mode),
  }));
  const mailbox = await theMailbox(store, autonomy);
  // The store knows a key by its hash: one that is there, or was revoked, stays as it is.
  for (const name of Object.keys(KEYS) as DevKeyName[]) await makeRow(store, name, hashKey(keys[name]));
  return { mailbox, keys };
}

async function theMailbox(store: FirstRun['store'], autonomy: Autonomy): Promise<MailboxRow> {
  const there = await store.mailbox(ORG, ADDRESS);
  if (there) return there;
  const mailbox = { org: ORG, address: ADDRESS, displayName: 'Agent', autonomy, directStart: true };
  const made = await store.createMailbox(mailbox, BY);
  const found = made === 'exists' ? await store.mailbox(ORG, ADDRESS) : made;
  if (!found) throw new Error(`the mailbox ${ADDRESS} exists but cannot be read`);
  return found;
}

async function makeRow(store: FirstRun['store'], name: DevKeyName, hash: string): Promise<void> {
  const { kind, mode, scopes } = KEYS[name];
  const made = await store.createKey({
    org: ORG,
    hash,
    // Tells this key from one that an earlier keys.json held.
    name: `dev ${name} ${hash.slice(0, 8)}`,
    principal: { kind, name },
    mode,
    scopes,
    // All of the org's: whoever makes a second mailbox in dev can use it at once.
    mailboxes: null,
    madeBy: null,
  });
  if (typeof made === 'string') throw new Error(`the ${name} key could not be made: ${made}`);
}
