/**
 * @module Secrets stay where they belong: one `dev` on disk is walked through every path, failures included,
 * with marked words in all that is secret; then Temporal's files, histories and visibility, every log and
 * every answer to somebody else are searched for them.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyRing, seal, type KeyRing } from '../../src/index.js';
import { signReports } from '../../src/providers/index.js';
import { filesIn, found, markers, readable } from '../support/markers.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  call,
  eventually,
  interrupt,
  killTree,
  startDev,
  temporaryFolder,
  type Answer,
  type DevProcess,
  type Env,
} from '../support/processes.js';
import { verifies } from '../support/requirements.js';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpAct, type SmtpScript } from '../support/smtp.js';

const { mark, stem } = markers();
/** What is written into Temporal on purpose: a workflow id, and what a person says in a signal. */
const [control, spoken] = [markers('qzcontrol').stem, markers('qzspoken').stem];
const sealKeys = [
  `leak2:${randomBytes(32).toString('base64url')}`,
  `leak1:${randomBytes(32).toString('base64url')}`,
];
const hookSecret = `whsec_${Buffer.from(mark('webhooksecretofthehook')).toString('base64')}`;
const ring: KeyRing = keyRing(sealKeys);

const folder = temporaryFolder();
let postgres: TestPostgres;
let [primary, secondary] = [] as unknown as [ScriptedSmtp, ScriptedSmtp];
let env: Env;
let dev: DevProcess;
let client: Client;
let connection: Connection;
/** What the processes printed, those that were killed included. */
const printed: (() => string)[] = [];
/** What was answered to callers that the emails are none of the business of. */
const answeredToOthers: string[] = [];
const ids: string[] = [];
let mailboxes: Record<'auto' | 'held', string>;
let stranger: string;

/** The primary relay does as the local part says, and quotes what it was told, as relays do. */
let dot: SmtpAct | undefined;
const script: SmtpScript = {
  extensions: ['AUTH PLAIN'],
  rcpt: (address) => {
    const dots: Record<string, SmtpAct> = {
      lost: 'drop',
      stuck: 'hang',
      content: `554 5.6.0 I dislike ${mark('echo')}`,
    };
    const way = /\.([a-z]+)@/u.exec(address)?.[1] ?? '';
    dot = dots[way];
    if (way === 'refused') return `550 5.1.1 <${address}> no such user: ${address}`;
    if (way === 'busy') return `450 4.2.1 <${address}> is busy`;
    if (way === 'elsewhere') return `554 5.7.1 <${address}> relaying denied`;
    return '250 2.1.5 ok';
  },
  get dot() {
    return dot ?? '250 2.0.0 Ok: queued as Q1';
  },
};

async function start(): Promise<void> {
  dev = await startDev(folder.path, ['--autonomy', 'auto', '--log-level', 'trace'], env);
  printed.push(dev.stderr);
  connection = await Connection.connect({ address: dev.ready.temporal });
  client = new Client({ connection });
}

beforeAll(async () => {
  postgres = await startPostgres();
  [primary, secondary] = await Promise.all([startScriptedSmtp(script), startScriptedSmtp()]);
  const config = join(folder.path, 'mailwarden.yaml');
  const provider = (name: string, more: string): string =>
    `  - { name: ${name}, type: smtp, ${more}, retry: { maximumAttempts: 2, initialInterval: 100ms }, ` +
    'timeouts: { scheduleToStart: 20s, startToClose: 6s, heartbeat: 3s, scheduleToClose: 20s } }';
  writeFileSync(
    config,
    [
      'providers:',
      provider('primary', 'url: "${PRIMARY_URL}", webhookSecret: "${HOOK_SECRET}"'),
      provider('secondary', 'url: "${SECONDARY_URL}", failover: true'),
      'delivery: { roundBackoff: [200ms], giveUpAfter: 3s, checkDomains: false }',
      'feedback: { window: 30s }',
      'bounceHandling: { softBounces: { maxRetries: 2, backoffMinutes: [0.01], suppressAfter: 1 } }',
    ].join('\n'),
  );
  env = {
    DATABASE_URL: await postgres.database('mailwarden'),
    MAILWARDEN_CONFIG: config,
    MAILWARDEN_SEAL_KEYS: sealKeys.join(','),
    PRIMARY_URL: primary.url.replace('//', `//${mark('user')}:${mark('password')}@`),
    SECONDARY_URL: secondary.url,
    HOOK_SECRET: hookSecret,
  };
  await start();
  mailboxes = { auto: await mailbox('auto'), held: await mailbox('review_all') };
  const made = await admin('POST', '/v1/keys', {
    ...{ name: 'stranger', kind: 'agent', scopes: ['messages:read'], mailboxes: [dev.ready.mailbox] },
  });
  stranger = made.body.apiKey;
});
afterAll(async () => {
  await connection.close();
  await interrupt(dev);
  await Promise.all([primary.stop(), secondary.stop(), postgres.stop()]);
  folder.remove();
});

const as =
  (key: () => string) =>
  (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(dev.ready.api, key(), method, path, body);
const [admin, agent, reviewer, sandbox] = (['admin', 'agent', 'reviewer', 'sandbox'] as const).map((name) =>
  as(() => dev.ready.keys[name]),
) as [ReturnType<typeof as>, ReturnType<typeof as>, ReturnType<typeof as>, ReturnType<typeof as>];

async function mailbox(autonomy: string): Promise<string> {
  const { status, body } = await admin('POST', '/v1/mailboxes', {
    address: `${mark('sender')}.${autonomy.replace('_', '-')}@${mark('senderdomain')}.example`,
    displayName: mark('display'),
    autonomy,
    directStart: true,
    policy: {
      deny: [`${mark('denied')}.example`],
      replyTo: [`${mark('replydomain')}.example`],
      limits: { hourly: 1000, daily: 1000 },
    },
  });
  expect(status).toBe(201);
  return body.id;
}

let counter = 0;
/** Marks in every field that there is. */
const email = (way: string, more: object = {}): Record<string, unknown> => ({
  to: { address: `${mark('local')}${++counter}.${way}@${mark('domain')}.example`, name: mark('name') },
  cc: way === 'sent' ? [`${mark('copy')}@${mark('copydomain')}.example`] : [],
  replyTo: `${mark('reply')}@${mark('replydomain')}.example`,
  subject: `${mark('subject')} ${way}`,
  text: `Grüße, ${mark('text')} “${way}”`,
  html: `<p>${mark('html')}</p>`,
  headers: { 'X-Note': mark('header') },
  attachments: [
    {
      filename: `${mark('file')}.txt`,
      contentType: 'text/plain',
      content: Buffer.from(`x${mark('bytes')}`).toString('base64'),
    },
  ],
  reason: mark('reason'),
  context: { prompt: mark('context') },
  tags: [mark('tag')],
  metadata: { [mark('key')]: mark('value') },
  dedupeKey: `${mark('dedupe')}${counter}`,
  ...more,
});

async function send(
  way: string,
  more: object = {},
  box = mailboxes.auto,
  caller = agent,
): Promise<Answer & { id: string }> {
  const answer = await caller('POST', `/v1/mailboxes/${box}/messages`, email(way, more));
  const { id } = answer.body as { id: string };
  if (typeof id === 'string') ids.push(id);
  return { ...answer, id };
}
const reaches = (id: string, ...statuses: string[]): Promise<boolean> =>
  eventually(`${id} is ${statuses.join(' or ')}`, async () => {
    const { body } = await admin('GET', `/v1/messages/${id}`);
    return statuses.includes((body as { status: string }).status);
  });
async function held(more: object = {}): Promise<{ id: string; digest: string; to: unknown }> {
  const { id, body, status } = await send('held', more, mailboxes.held);
  expect([status, body.status]).toEqual([202, 'held']);
  return { id, digest: body.digest, to: body.to };
}
const decide = (id: string, action: string, digest: string): Promise<Answer> =>
  reviewer('POST', `/v1/messages/${id}/decision`, { action, digest, comment: mark('comment') });

async function hook(
  body: string,
  headers: Record<string, string> = signReports(hookSecret, body),
): Promise<number> {
  return (await fetch(`${dev.ready.api}/v1/hooks/primary`, { method: 'POST', body, headers })).status;
}
const report = (message: string, more: object): Promise<number> =>
  hook(
    JSON.stringify({
      reports: [{ reportId: `${mark('report')}${++counter}`, message, reason: mark('why'), ...more }],
    }),
  );

async function startDirectly(argument: object, workflowId = `direct-${++counter}`): Promise<WorkflowHandle> {
  ids.push(workflowId);
  return await client.workflow.start('sendEmail', { workflowId, taskQueue: 'mailwarden', args: [argument] });
}

test('email is sent, reported, bounced, refused, failed over and lost', async () => {
  const sent = await send('sent');
  await reaches(sent.id, 'sent');
  expect(primary.received.at(-1)?.raw).toContain(mark('subject'));
  const recipient = (await agent('GET', `/v1/messages/${sent.id}`)).body.recipients[0].address;
  expect(recipient).toContain(mark('local'));
  expect(await report(sent.id, { type: 'deferred', recipient, smtpStatus: '4.2.1' })).toBe(200);
  expect(await report(sent.id, { type: 'delivered' })).toBe(200);
  await reaches(sent.id, 'delivered');

  const bounced = await send('bounced');
  await reaches(bounced.id, 'sent');
  expect(await report(bounced.id, { type: 'bounced', bounce: 'soft', smtpStatus: '4.2.2' })).toBe(200);
  await eventually('it is sent again', () => primary.received.length >= 3);
  expect(await report(bounced.id, { type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1' })).toBe(200);
  await reaches(bounced.id, 'bounced');

  const ways = { refused: 'failed', elsewhere: 'sent', busy: 'sent', content: 'failed', lost: 'unknown' };
  for (const [way, status] of Object.entries(ways)) await reaches((await send(way)).id, status);
  expect(secondary.received.length).toBeGreaterThan(0);
  const test = await send(
    'sandbox',
    { to: `bounced+${mark('label')}@sandbox.test` },
    mailboxes.auto,
    sandbox,
  );
  await eventually(
    'the sandbox bounced',
    async () =>
      ((await sandbox('GET', `/v1/messages/${test.id}`)).body as { status: string }).status === 'bounced',
  );
});

test('email is held, and approved, rejected, edited, canceled, rescheduled or left to expire', async () => {
  const [approved, rejected, edited, canceled, native, signalled] = (await Promise.all(
    Array.from({ length: 6 }, () => held()),
  )) as [never, never, never, never, never, never] as { id: string; digest: string }[];
  expect((await decide(approved!.id, 'approve', approved!.digest)).status).toBe(200);
  expect((await decide(rejected!.id, 'reject', rejected!.digest)).status).toBe(200);
  const { to, subject, text } = email('sent');
  const revised = await reviewer('POST', `/v1/messages/${edited!.id}/revisions`, {
    ...{ digest: edited!.digest, to, text, subject: `${subject as string} ${mark('edited')}` },
  });
  expect(revised.status).toBe(200);
  expect((await decide(edited!.id, 'approve', edited!.digest)).status).toBe(409);
  expect((await decide(edited!.id, 'approve', revised.body.digest)).status).toBe(200);
  const later = await send('sent', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  const sooner = { sendAt: new Date(Date.now() + 300).toISOString() };
  expect((await agent('POST', `/v1/messages/${later.id}/reschedule`, sooner)).status).toBe(200);
  const cancel = { comment: mark('comment') };
  expect((await agent('POST', `/v1/messages/${canceled!.id}/cancel`, cancel)).status).toBe(200);
  await client.workflow.getHandle(native!.id).cancel();
  const expiring = await held({ expiresAt: new Date(Date.now() + 2_500).toISOString() });

  // What a person writes into a signal stands in its event, as it was written, and nowhere else.
  const handle = client.workflow.getHandle(signalled!.id);
  await handle.signal('approve', { by: 'rita', digest: 'f'.repeat(64), comment: `${spoken} wrong digest` });
  await handle.signal('approve', 'no argument at all');
  await handle.signal('deliveryReport', { odd: 1 });
  await handle.signal('approve', { by: 'rita', digest: signalled!.digest, comment: spoken });

  for (const [one, status] of [
    [approved, 'sent'],
    [edited, 'sent'],
    [later, 'sent'],
    [signalled, 'sent'],
    [rejected, 'rejected'],
    [canceled, 'canceled'],
    [native, 'canceled'],
    [expiring, 'expired'],
  ] as const)
    await reaches(one!.id, status);
});

test('email is denied, suppressed, refused as invalid, conflicting, unsigned, unsealed and oversize', async () => {
  const gone = `${mark('gone')}@${mark('gonedomain')}.example`;
  expect(
    (await admin('POST', '/v1/suppressions', { address: gone, reason: mark('suppressed') })).status,
  ).toBe(201);
  for (const to of [gone, `x@${mark('denied')}.example`])
    expect((await send('denied', { to })).body).toMatchObject({ code: 'policy_denied' });

  const post = (
    body: unknown,
    key = dev.ready.keys.agent,
    more: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${dev.ready.api}/v1/mailboxes/${mailboxes.auto}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const idempotency = { 'idempotency-key': mark('idempotency') };
  const statuses = [
    await post(email('x', { to: mark('noaddress') })),
    await post(email('x', { [mark('field')]: 1, body: mark('body') })),
    await post(`{"to": "${mark('brokenjson')}`),
    await post(email('x', { text: mark('long').repeat(100_000) })),
    await post(email('x', { text: mark('huge').repeat(600_000) })),
    await post(email('x'), mark('wrongkey')),
    await post(email('x'), `mw_live_${mark('wrongkey')}`),
    await post(email('sent', { dedupeKey: undefined }), undefined, idempotency),
    await post(email('sent', { dedupeKey: undefined }), undefined, idempotency),
  ].map((one) => one.status);
  expect(statuses).toEqual([400, 400, 400, 400, 413, 401, 401, 202, 409]);
  // Above the budget of an argument, and so by reference.
  const large = await send('sent', { text: mark('large').repeat(10_000) });
  await reaches(large.id, 'sent');

  expect(await hook(JSON.stringify({ reports: [{ reportId: mark('odd'), type: mark('type') }] }))).toBe(400);
  expect(await hook(`{"${mark('notjson')}`)).toBe(400);
  expect(await hook('{}', { 'webhook-signature': mark('signature') })).toBe(403);
  expect(await report('nobody', { type: 'bounced', recipient: `${mark('unknown')}@x.example` })).toBe(200);
  const form = { origin: dev.ready.api, 'content-type': 'application/x-www-form-urlencoded' };
  const signIn = { method: 'POST', headers: form, body: `key=${mark('signin')}` };
  expect((await fetch(`${dev.ready.api}/review/session`, signIn)).status).toBe(401);
  await fetch(`${dev.ready.api}/review/${mark('path')}?${mark('query')}=1`);
  expect((await agent('GET', `/v1/messages/${mark('pathid')}`)).status).toBe(404);
});

test('sealed requests are started directly: valid, invalid, damaged, and sealed by strangers', async () => {
  const request = { mailbox: mailboxes.auto, ...email('sent') } as Parameters<typeof seal>[1];
  const { sealed } = await seal(ring, request);
  const stranger = keyRing([`leak9:${randomBytes(32).toString('base64url')}`]);
  const old = keyRing(sealKeys.slice(1));
  await reaches((await startDirectly({ mailbox: mailboxes.auto, sealed })).workflowId, 'sent');
  const other = await seal(old, { ...request, dedupeKey: mark('rotated') });
  await reaches((await startDirectly(other)).workflowId, 'sent');
  for (const argument of [
    await seal(stranger, request),
    { mailbox: mailboxes.auto, sealed: `${sealed.slice(0, -30)}AAAA` },
    { mailbox: mailboxes.auto, sealed: 'x'.repeat(1_000_000) },
    { mailbox: mailboxes.auto, sealed: `blob:${'0'.repeat(64)}` },
  ])
    expect(await (await startDirectly(argument)).result()).toMatchObject({ status: 'denied' });
  // The word that the search must find.
  expect(await (await startDirectly({}, control)).result()).toMatchObject({ status: 'denied' });
});

test('the database goes away under it, and everything is killed with -9', async () => {
  const soon = new Date(Date.now() + 2_000).toISOString();
  const waiting = await send('sent', { sendAt: soon });
  const holding = await held();
  await postgres.crash();
  const during = await send('sent');
  expect(during.status).toBe(503);
  expect((await decide(holding.id, 'approve', holding.digest)).status).toBe(503);
  expect(await report(waiting.id, { type: 'delivered' })).toBe(503);
  const { sealed } = await seal(ring, { mailbox: mailboxes.auto, ...email('sent') } as Parameters<
    typeof seal
  >[1]);
  const direct = await startDirectly({ mailbox: mailboxes.auto, sealed });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await postgres.start();
  await reaches(waiting.id, 'sent');
  await reaches(direct.workflowId, 'sent');

  const stuck = await send('stuck');
  await eventually('it is on the wire', () => dot === 'hang' && primary.commands.at(-1) === 'DATA');
  await connection.close();
  await killTree(dev);
  await start();
  await reaches(stuck.id, 'unknown');
  expect((await decide(holding.id, 'approve', holding.digest)).status).toBe(200);
  await reaches(holding.id, 'sent');
}, 240_000);

test('callers whom an email does not concern are refused without a word of it', async () => {
  expect(ids.length).toBeGreaterThan(20);
  for (const id of ids)
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/trace', undefined],
      ['POST', '/cancel', {}],
      ['POST', '/decision', { action: 'approve', digest: 'f'.repeat(64) }],
    ] as const) {
      const answer = await call(dev.ready.api, stranger, method, `/v1/messages/${id}${path}`, body);
      expect(answer.status).toBeGreaterThanOrEqual(403);
      answeredToOthers.push(JSON.stringify(answer.body));
    }
  for (const path of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/v1/messages',
    '/v1/suppressions',
    '/v1/keys',
    '/v1/mailboxes',
  ])
    for (const key of [stranger, 'mw_live_none']) {
      const response = await fetch(`${dev.ready.api}${path}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      answeredToOthers.push(`${JSON.stringify([...response.headers])}${await response.text()}`);
    }
});

verifies(
  'secrets:nowhere',
  'none of it stands in Temporal, in a log, or in an answer to somebody else',
  async () => {
    const secrets = [
      stem,
      ...sealKeys.map((one) => one.split(':')[1]!),
      hookSecret.slice(6),
      ...Object.values(dev.ready.keys),
      stranger,
    ];
    const clean = (where: string, what: Uint8Array | string): void =>
      expect(found(secrets, what), where).toEqual([]);

    let executions = '';
    const histories = new Map<string, string>();
    for await (const one of client.workflow.list()) {
      executions += readable(one.raw);
      const handle = client.workflow.getHandle(one.workflowId, one.runId);
      executions += readable((await handle.describe()).raw);
      executions += JSON.stringify(await handle.query('__temporal_workflow_metadata'));
      histories.set(one.workflowId, readable(await handle.fetchHistory()));
    }
    expect(histories.size).toBeGreaterThan(20);
    clean('visibility, memos, search attributes, current details', executions);
    for (const [id, history] of histories) clean(`the history of ${id}`, history);
    clean('answers to others', answeredToOthers.join('\n'));

    // What was written there on purpose is found by the same search, and only where it was written.
    expect(found([control], executions)).not.toEqual([]);
    expect(found([control], histories.get(control) ?? '')).not.toEqual([]);
    const spoke = [...histories].filter(([, history]) => found([spoken], history).length > 0);
    expect(spoke).toHaveLength(1);
    const { events } = await client.workflow.getHandle(spoke[0]![0]).fetchHistory();
    const others = events?.filter((event) => !event.workflowExecutionSignaledEventAttributes);
    expect(found([spoken], readable(others))).toEqual([]);

    await connection.close();
    await interrupt(dev);
    // The keys that dev made for its user have files of their own; the config is the user's.
    const files = filesIn(folder.path, /^(keys\.json|seal\.json)$/u);
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['temporal.db', 'temporal.log']));
    for (const { name, bytes } of files) clean(`the file ${name}`, bytes);
    expect(
      files.some(({ name, bytes }) => name.startsWith('temporal.db') && found([control], bytes).length > 0),
    ).toBe(true);

    const log = printed.map((one) => one()).join('\n');
    expect(log).toContain('"msg":"request"');
    expect(log).toContain('smtp delivery failed');
    clean('the log', log);
  },
);

test('the search finds a word in every form that it could have been given', () => {
  const { mark: other, stem: word } = markers('qzform');
  const text = `aö ${other('x')} b`;
  const json = JSON.stringify({ text });
  for (const form of [
    text,
    text.toUpperCase(),
    json,
    encodeURIComponent(text),
    ...[json, ` ${json}`, `  ${json}`].flatMap((one) =>
      ['base64', 'base64url', 'hex'].map((encoding) => Buffer.from(one).toString(encoding as 'hex')),
    ),
    `aq=\r\n${word.slice(0, 5)}=\r\n${word.slice(5)}`,
  ])
    expect(found([word], form), form).not.toEqual([]);
  expect(found([word], Buffer.from(text, 'utf16le'))).not.toEqual([]);
  expect(found([word], readable({ data: Buffer.from(json).toString('base64') }))).not.toEqual([]);
  expect(found([word], word.slice(0, -1))).toEqual([]);
});
