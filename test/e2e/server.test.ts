/**
 * @module `mailwarden server` and `mailwarden worker` as separate processes, against a real PostgreSQL, a
 * real Temporal server and a real SMTP server, with each of them taken away in turn.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signReports } from '../../src/providers/index.js';
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import { createStore } from '../../src/store/index.js';
import { openPostgres } from '../../src/store/postgres.js';
import { configSchema } from '../../src/config.js';
import { storeSettings } from '../../src/runtime.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  call,
  eventually,
  interrupt,
  runCli,
  type Answer,
  type Env,
  type Process,
} from '../support/processes.js';
import { startSmtpServer } from '../support/smtp.js';
import { verifies } from '../support/requirements.js';
import { temporalBinary } from '../support/temporal-binary.js';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.js';

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const agentKey = makeKey('live');
const reviewerKey = makeKey('live');

let postgres: TestPostgres;
let temporal: TemporalServer;
let smtp: Awaited<ReturnType<typeof startSmtpServer>>;
let server: Process;
let worker: Process;
let api: string;
let env: Env;

beforeAll(async () => {
  postgres = await startPostgres();
  [temporal, smtp] = await Promise.all([startTemporalServer(await temporalBinary()), startSmtpServer()]);
  env = {
    DATABASE_URL: await postgres.database('mailwarden'),
    TEMPORAL_ADDRESS: temporal.address,
    MAILWARDEN_SEAL_KEYS: `k1:${randomBytes(32).toString('base64url')}`,
    MAILWARDEN_SMTP_URL: smtp.url,
    MAILWARDEN_SMTP_WEBHOOK_SECRET: SECRET,
  };
  // The two processes migrate the same empty database at once.
  server = runCli(['server', '--port', '0'], env);
  worker = runCli(['worker'], env);
  await Promise.all([server.says('Mailwarden serves'), worker.says('Mailwarden works')]);
  api = /serves (http:\S+)/u.exec(server.stderr())?.[1] ?? '';
  await seed(env['DATABASE_URL'] ?? '');
});
afterAll(async () => {
  await Promise.all([interrupt(server), interrupt(worker)]);
  await smtp.stop();
  await temporal.stop();
  await postgres.stop();
});

/** What an operator does once: a mailbox, and keys for an agent and a person. */
async function seed(url: string): Promise<void> {
  const store = createStore(
    openPostgres(url),
    storeSettings(configSchema.parse({}), () => new Date()),
  );
  for (const [address, autonomy] of [
    ['agent@example.com', 'auto'],
    ['held@example.com', 'review_all'],
  ] as const)
    await store.createMailbox(
      // These servers ask DNS, which says of example.com that it takes no mail.
      { org: 'default', address, autonomy, policy: { modes: { recipient_domain: 'off' } } },
      'test',
    );
  const made = { org: 'default', mode: 'live', mailboxes: null, madeBy: null } as const;
  await store.createKey({
    ...made,
    hash: hashKey(agentKey),
    name: 'agent',
    principal: { kind: 'agent', name: 'agent' },
    scopes: ['messages:send', 'messages:read'],
  });
  await store.createKey({
    ...made,
    hash: hashKey(reviewerKey),
    name: 'reviewer',
    principal: { kind: 'person', name: 'rita' },
    scopes: ['approvals:decide', 'messages:read'],
  });
  await store.end();
}

const send = (subject: string, mailbox = 'agent@example.com', more: object = {}): Promise<Answer> =>
  call(api, agentKey, 'POST', `/v1/mailboxes/${encodeURIComponent(mailbox)}/messages`, {
    to: 'ann@example.com',
    subject,
    text: 'hello',
    ...more,
  });
const message = (id: string): Promise<Answer> => call(api, agentKey, 'GET', `/v1/messages/${id}`);
const becomes = (id: string, status: string): Promise<boolean> =>
  eventually(
    `${id} ${status}`,
    async () => ((await message(id)).body as { status?: string }).status === status,
  );
const idOf = ({ body }: Answer): string => (body as { id: string }).id;
const arrived = (subject: string): number =>
  smtp.received.filter((one) => one.raw.includes(`Subject: ${subject}`)).length;

test('an email goes through server, Temporal, worker and SMTP, and a signed webhook closes it', async () => {
  const answer = await send('over-the-network');
  expect(answer).toMatchObject({ status: 202, body: { verdict: { outcome: 'allow' } } });
  await becomes(idOf(answer), 'sent');
  expect(arrived('over-the-network')).toBe(1);
  const body = JSON.stringify({ reports: [{ reportId: 'r1', type: 'delivered', message: idOf(answer) }] });
  const forged = await fetch(`${api}/v1/hooks/smtp`, {
    method: 'POST',
    body,
    headers: { ...signReports(SECRET, body), 'webhook-signature': 'v1,AAAA' },
  });
  expect(forged.status).toBe(403);
  expect((await message(idOf(answer))).body).toMatchObject({ status: 'sent' });
  for (let i = 0; i < 3; i++) {
    const genuine = await fetch(`${api}/v1/hooks/smtp`, {
      method: 'POST',
      body,
      headers: signReports(SECRET, body),
    });
    expect(genuine.status).toBe(200);
  }
  await becomes(idOf(answer), 'delivered');
  expect((await message(idOf(answer))).body).toMatchObject({ reports: [{ type: 'delivered' }] });
});

verifies(
  'approval:exact',
  'a person approves exactly what they saw; an edit voids it; opposite decisions have one winner',
  async () => {
    const held = await send('to-approve', 'held@example.com');
    const { id, digest } = held.body as { id: string; digest: string };
    expect(held.body).toMatchObject({ status: 'held' });
    const decide = (action: string, of = digest): Promise<Answer> =>
      call(api, reviewerKey, 'POST', `/v1/messages/${id}/decision`, { action, digest: of });
    expect(await decide('approve', 'f'.repeat(64))).toMatchObject({
      status: 409,
      body: { code: 'digest_mismatch' },
    });
    const answers = await Promise.all([decide('approve'), decide('reject')]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409]);
    const final = answers[0]?.status === 200 ? 'sent' : 'rejected';
    await becomes(id, final);
    expect(arrived('to-approve')).toBe(final === 'sent' ? 1 : 0);
  },
);

verifies(
  'send:none-lost/no-worker',
  'with no worker the answer is 202 queued, the id is never 404, and the email goes when one comes',
  async () => {
    await interrupt(worker);
    const answer = await send('no-worker');
    expect(answer).toMatchObject({ status: 202, body: { status: 'queued' } });
    expect(await message(idOf(answer))).toMatchObject({ status: 200, body: { status: 'queued' } });
    expect(await send('no-worker')).toMatchObject({ status: 202, body: { id: idOf(answer) } });
    worker = runCli(['worker'], env);
    await becomes(idOf(answer), 'sent');
    expect(arrived('no-worker')).toBe(1);
  },
);

test('a worker killed with -9 loses nothing and sends nothing twice', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => send(`kill-worker-${i}`)));
  worker.child.kill('SIGKILL');
  await worker.ended;
  worker = runCli(['worker'], env);
  for (const [i, answer] of answers.entries()) {
    await eventually(`email ${i} is settled`, async () =>
      ['sent', 'unknown'].includes(((await message(idOf(answer))).body as { status: string }).status),
    );
    const { status } = (await message(idOf(answer))).body as { status: string };
    expect(arrived(`kill-worker-${i}`)).toBeLessThanOrEqual(1);
    if (status === 'sent') expect(arrived(`kill-worker-${i}`)).toBe(1);
  }
}, 180_000);

verifies(
  'send:none-lost/outage',
  'with PostgreSQL down the door answers 503, and what was accepted before is finished after',
  async () => {
    const waiting = await send('database-down', 'agent@example.com', {
      sendAt: new Date(Date.now() + 1_000).toISOString(),
    });
    expect(waiting.status).toBe(202);
    await postgres.crash();
    expect(await send('never-accepted')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await postgres.start();
    await becomes(idOf(waiting), 'sent');
    expect(arrived('database-down')).toBe(1);
    expect(arrived('never-accepted')).toBe(0);
  },
  180_000,
);

test('with Temporal down the door answers 503 with Retry-After, and nothing is accepted', async () => {
  await temporal.stop();
  const answer = await send('temporal-down');
  expect(answer).toMatchObject({ status: 503 });
  expect(['unavailable', 'outcome_unknown']).toContain((answer.body as { code: string }).code);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/u);
  expect((await fetch(`${api}/readyz`)).status).toBe(503);
  expect((await fetch(`${api}/healthz`)).status).toBe(200);
  expect(arrived('temporal-down')).toBe(0);
});
