/**
 * @module One of everything that an org can have, with its owner; and those who must not learn of it: another org, a
 * key of the same org that is bound to another mailbox, and a test key.
 */
import { sql } from 'kysely';
import { WorkflowNotFoundError } from '@temporalio/client';
import { toJson } from '../../src/store/json.js';
import type { Scope } from '../../src/store/store.js';
import { openDoor, type Answer, type Door, type Key } from './door.js';
import { makeMailbox, type TestStore } from './store.js';

const NAMES = [
  ...(['mailbox', 'address', 'message', 'digest', 'suppression', 'suppressed', 'key', 'principal'] as const),
  ...(['draft', 'sha256', 'event', 'webhook', 'delivery', 'investigation'] as const),
  ...(['policyVersion', 'policyDigest', 'policyChange'] as const),
] as const;
export type Thing = (typeof NAMES)[number];
export type Things = Record<Thing, string>;

const SENDER: Scope[] = ['messages:send', 'messages:read', 'drafts:write'];
const KEEPER: Scope[] = [
  ...([
    'messages:read',
    'approvals:decide',
    'suppressions:write',
    'consents:write',
    'webhooks:write',
  ] as const),
  ...(['policy:admin', 'org:admin'] as const),
];

/** Two keys that together have every scope; who sends does not decide. */
export type Pair = Record<'sender' | 'keeper', Key>;

export interface Intruder {
  name: 'stranger' | 'bound' | 'tester';
  keys: Pair;
  /** For calls that take one of its own and one of another's. */
  own: Record<'webhook' | 'mailbox', string>;
  /** What belongs to its whole org, so that it may see it. */
  shares: ReadonlySet<Thing>;
}

export interface Tenants {
  door: Door;
  things: Things;
  /** Of the same form, and nobody's. */
  nobody: Things;
  owner: Pair;
  intruders: Intruder[];
  /** Every row of the org, but for when its keys were last used. */
  rows(): Promise<string>;
  /** All things as their owner sees them. */
  seen(): Promise<string>;
}

async function pair(door: Door, over: { mode?: 'live' | 'test'; mailboxes?: string[] } = {}): Promise<Pair> {
  return {
    sender: await door.key(SENDER, over),
    keeper: await door.key(KEEPER, { kind: 'person', ...over }),
  };
}

const must = (answer: Answer): Answer['body'] => {
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};

const HOOK = { url: 'https://hooks.example.com/mail' };

export async function openTenants(shared: TestStore): Promise<Tenants> {
  const memo = { message: '', of: {} };
  const door = await openDoor(shared, {
    mailbox: { address: 'victim@sender.example', autonomy: 'review_all' },
    script: {
      update: async (id) => ({ result: 'applied', view: (await shared.store.view(id))! }),
      signal: async () => undefined,
      describe: async (id) => {
        if (id !== memo.message) throw new WorkflowNotFoundError('not found', id, undefined);
        return { type: 'sendEmail', status: { name: 'RUNNING' }, memo: memo.of };
      },
    },
  });
  const owner = await pair(door);
  const ask = async (who: keyof Pair, method: string, path: string, body?: object): Promise<Answer['body']> =>
    must(await door.ask(method, path, { key: owner[who].apiKey, ...(body && { body }) }));

  const webhook = await ask('keeper', 'POST', '/v1/webhooks', HOOK);
  const email = { to: 'secret@reader.example', subject: 'Secret subject', text: 'Secret text' };
  const message = await ask('sender', 'POST', '/v1/messages', email);
  const ping = await ask('keeper', 'POST', `/v1/webhooks/${webhook.id}/ping`, {});
  const suppressed = 'stopped@reader.example';
  const suppression = await ask('keeper', 'POST', '/v1/suppressions', { address: suppressed });
  // One event about the message, and one after it.
  await shared.store.publishEvents(1_000);
  const events = await ask('keeper', 'GET', `/v1/events?message=${message.id}`);
  const draft = await ask('sender', 'POST', '/v1/drafts', { ...email, subject: 'Secret draft' });
  const upload = must(
    await door.ask('POST', '/v1/attachments', {
      ...{ key: owner.sender.apiKey, raw: `bytes of ${door.org}` },
      headers: { 'Content-Type': 'text/plain' },
    }),
  );
  const investigation = `inv_${'1'.repeat(20)}${door.mailbox.id.slice(4, 16)}`;
  await insertInvestigation(shared, door, { id: investigation, message: message.id });
  const lost = await ask('sender', 'POST', '/v1/messages', { ...email, subject: 'Secret loss' });
  await makeUnknown(shared, door, lost.id);
  const strict = {
    mailbox: door.mailbox.id,
    document: { deny: ['secret@reader.other'] },
    why: 'Secret text',
  };
  await ask('keeper', 'PUT', '/v1/policy', strict);
  const versions = await ask('keeper', 'GET', `/v1/policy/versions?mailbox=${door.mailbox.id}`);
  const loosening = await door.ask('PUT', '/v1/policy', {
    ...{ key: owner.sender.apiKey, body: { ...strict, document: {} } },
  });
  const child = { name: 'secret key', kind: 'agent', scopes: ['messages:read'] };
  const key = await ask('keeper', 'POST', '/v1/keys', child);
  memo.message = message.id;
  memo.of = { org: door.org, mailbox: door.mailbox.id, mode: 'live' };
  const things: Things = {
    ...{
      mailbox: door.mailbox.id,
      address: door.mailbox.address,
      message: message.id,
      digest: message.digest,
    },
    ...{ suppression: suppression.id, suppressed, key: key.id, principal: key.principal, draft: draft.id },
    ...{ sha256: upload.sha256, event: events.items[0].id, webhook: webhook.id, delivery: ping.delivery.id },
    investigation,
    ...{ policyVersion: versions.items[0].id, policyDigest: message.verdict.policyVersion },
    policyChange: loosening.body.change.id,
  };
  return {
    ...{ door, things, owner, nobody: nobodysOf(things), intruders: await intrudersOf(shared, door) },
    rows: () => rowsOf(shared, door.org),
    seen: async () => {
      const paths = [
        ...[`mailboxes/${things.mailbox}`, `messages/${things.message}`, `messages/${things.message}/trace`],
        ...['approvals', 'suppressions', `keys/${things.key}`, `principals/${things.principal}`],
        ...[`webhooks/${things.webhook}`, `webhooks/${things.webhook}/deliveries`],
        `investigations/${things.investigation}`,
        ...[`policy?mailbox=${things.mailbox}`, `policy/changes/${things.policyChange}`],
      ];
      const shown = await Promise.all(paths.map((path) => ask('keeper', 'GET', `/v1/${path}`)));
      const kept = await ask('sender', 'GET', `/v1/drafts/${things.draft}`);
      return JSON.stringify([...shown, kept]);
    },
  };
}

/** As a complaint opens one; its email is still held here. */
async function insertInvestigation(
  { db, clock }: TestStore,
  { org, mailbox }: Door,
  named: { id: string; message: string },
): Promise<void> {
  const now = clock();
  const row = {
    ...{ ...named, org, mode: 'live' as const, kind: 'complaint' as const, status: 'open' as const },
    ...{ mailbox: mailbox.id, provider: 'smtp', recipient: 0, smtp_status: null, reports: 1, version: 1 },
    ...{ assignee: null, finding: null, resolved_by: null, resolved_at: null },
    ...{ last_report_at: now, created_at: now, updated_at: now },
  };
  await db.insertInto('investigations').values(row).execute();
}

/** As a claim without an answer leaves it. */
async function makeUnknown({ db, clock }: TestStore, { org }: Door, message: string): Promise<void> {
  const now = clock();
  const row = {
    ...{ org, message, attempt: 1, try: 1, provider: 'smtp', execution_run: 'run', execution_try: 1 },
    ...{ recipients: toJson([0]), at: now, lease_until: now },
  };
  await db.insertInto('attempts').values(row).execute();
  const held = { status: 'unknown' as const, attempt: 1, try: 1 };
  await db.updateTable('recipients').set(held).where('message', '=', message).execute();
  await db.updateTable('messages').set({ status: 'unknown' }).where('id', '=', message).execute();
}

/** What a prefix tells from, ids keep; the rest is what no one has. */
function nobodysOf(things: Things): Things {
  const entries = NAMES.map((name) => {
    const [, prefix = '', rest = ''] = /^([a-z]+_)?(.*)$/u.exec(things[name]) ?? [];
    return [name, rest.includes('@') ? `nobody-${name}@sender.example` : prefix + '0'.repeat(rest.length)];
  });
  return Object.fromEntries(entries) as Things;
}

async function intrudersOf(shared: TestStore, door: Door): Promise<Intruder[]> {
  const other = await openDoor(shared, { mailbox: { address: 'stranger@sender.example' } });
  const second = await makeMailbox(shared.store, { org: door.org, address: 'second@sender.example' });
  const whole: (Omit<Intruder, 'own'> & { mailbox: string })[] = [
    { name: 'stranger', keys: await pair(other), mailbox: other.mailbox.id, shares: new Set() },
    {
      name: 'bound',
      keys: await pair(door, { mailboxes: [second.id] }),
      mailbox: second.id,
      // Uploads, and what stops all email of the org, are no mailbox's.
      shares: new Set(['sha256', 'suppressed']),
    },
    {
      name: 'tester',
      keys: await pair(door, { mode: 'test' }),
      mailbox: second.id,
      // Mailboxes, their policies, keys and principals serve both kinds of email; what changes them is another test's.
      shares: new Set([
        ...(['mailbox', 'address', 'key', 'principal'] as const),
        ...(['policyVersion', 'policyDigest', 'policyChange'] as const),
      ]),
    },
  ];
  return await Promise.all(
    whole.map(async ({ mailbox, ...one }) => {
      const made = await door.ask('POST', '/v1/webhooks', { key: one.keys.keeper.apiKey, body: HOOK });
      return { ...one, own: { mailbox, webhook: must(made).id } };
    }),
  );
}

async function rowsOf({ db }: TestStore, org: string): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where column_name = 'org' and table_schema = 'public' order by table_name
  `.execute(db);
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      select (to_jsonb(one) - 'last_used_at')::text as row from ${sql.table(name)} one where one.org = ${org}
    `.execute(db);
    const texts = rows.map((one) => one.row).sort();
    parts.push(`${name}\n${texts.join('\n')}`);
  }
  return parts.join('\n\n');
}
