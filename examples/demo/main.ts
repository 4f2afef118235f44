/**
 * @module The demo: real emails through a real Temporal server, a real database and real SMTP servers,
 * along every path that an email can take. Each step proves what it says; a failed proof exits with 1.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { Outcome } from '../../src/core/email/view.js';
import type { Ready } from '../../src/embedded/dev.js';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';
import { signReports } from '../../src/providers/index.js';
import { MAILGUN_DOMAIN, startMailgun } from '../../test/support/vendors/mailgun.js';
import { RESEND_KEY, RESEND_SECRET, startResend } from '../../test/support/vendors/resend.js';
import { House } from './house.js';
import { sendAndRetry } from './mcp.js';
import { Relay } from './relay.js';
import { Report } from './report.js';

const SECRET = `whsec_${Buffer.from('the demo relay signs its reports').toString('base64')}`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), 'mailwarden-demo-'));
const primary = new Relay();
const secondary = new Relay();
await Promise.all([primary.start(), secondary.start()]);
// Two vendors played on this machine; their own SDKs take them for the real ones (test/providers).
const resend = await startResend();
const MAILGUN_KEY = 'key-of-the-demo';
const mailgun = await startMailgun({ apiKey: MAILGUN_KEY, signingKey: 'signing-key-of-the-demo' });
await writeFile(
  join(folder, 'mailwarden.yaml'),
  `providers:
  - { name: primary, type: smtp, url: "smtp://127.0.0.1:${primary.port}", webhookSecret: "\${RELAY_SECRET}", retry: { maximumAttempts: 2, initialInterval: 200ms } }
  - { name: secondary, type: smtp, url: "smtp://127.0.0.1:${secondary.port}", webhookSecret: "\${RELAY_SECRET}", failover: true }
  - { name: resend, type: resend, url: "${resend.url}", apiKey: "\${RESEND_KEY}", webhookSecret: "\${RESEND_SECRET}", weight: 0, failover: true }
  - { name: mailgun, type: mailgun, url: "${mailgun.url}", domain: ${MAILGUN_DOMAIN}, apiKey: "\${MAILGUN_KEY}", weight: 0, failover: true }
`,
);
const house = new House(join(folder, 'data'), {
  MAILWARDEN_CONFIG: join(folder, 'mailwarden.yaml'),
  RELAY_SECRET: SECRET,
  RESEND_KEY,
  RESEND_SECRET,
  MAILGUN_KEY,
});
const report = new Report(say);
let ready: Ready = await house.start();
const temporalCli = await findTemporalBinary({ env: process.env, home: process.env['HOME'] ?? folder, say });
say(`Mailwarden is up: ${ready.api}, Temporal ${ready.temporal}\n`);

interface Answer {
  status: number;
  body: {
    id: string;
    status: string;
    digest: string;
    code?: string;
    verdict?: { checks: { rule: string; status: string }[] };
  };
}

async function call(
  method: string,
  path: string,
  key: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${ready.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const send = (
  subject: string,
  more: { mailbox?: string; to?: string; headers?: Record<string, string>; sendAt?: string } = {},
): Promise<Answer> => {
  const { mailbox = ready.mailbox, to = 'ann@example.com', headers, ...rest } = more;
  return call(
    'POST',
    `/v1/mailboxes/${mailbox}/messages`,
    ready.keys.agent,
    { to, subject, text: 'Hello from the demo.', ...rest },
    headers,
  );
};
const statusOf = async (id: string): Promise<string> =>
  (await call('GET', `/v1/messages/${id}`, ready.keys.agent)).body.status;

async function until(what: string, check: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  for (const deadline = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}
const arrives = (subject: string, at = primary): Promise<void> =>
  until(`“${subject}” to arrive`, () => at.withSubject(subject).length > 0);
const reaches = (id: string, status: string): Promise<void> =>
  until(`${id} to be ${status}`, async () => (await statusOf(id)) === status);

/** What the relay's operator would send: a signed webhook. */
async function webhook(type: string, message: string, more: object = {}): Promise<number> {
  const body = JSON.stringify({ reports: [{ reportId: `${type}-${message}`, type, message, ...more }] });
  const headers = { ...signReports(SECRET, body), 'content-type': 'application/json' };
  return (await fetch(`${ready.api}/v1/hooks/primary`, { method: 'POST', headers, body })).status;
}

async function mailbox(name: string, over: object = {}): Promise<string> {
  const { body } = await call('POST', '/v1/mailboxes', ready.keys.admin, {
    address: `${name}@localhost.test`,
    autonomy: 'review_all',
    ...over,
  });
  return body.id;
}

const reviewed = await mailbox('reviewed');
const impatient = await mailbox('impatient', { policy: { approvalMinutes: 0.03 } });
const byHttp = await mailbox('by-http', {
  autonomy: 'auto',
  route: [
    { provider: 'resend', weight: 100, failover: false },
    { provider: 'mailgun', weight: 0, failover: true },
  ],
});

await report.step('allowed, asked for by HTTP', async (proof) => {
  const { status, body } = await send('one');
  proof.equal('HTTP answer', status, 202);
  await arrives('one');
  await reaches(body.id, 'sent');
  proof.equal('delivery report', await webhook('delivered', body.id), 200);
  await reaches(body.id, 'delivered');
  proof.equal('received by SMTP', primary.withSubject('one').length, 1);
  return { id: body.id, status: 'delivered' };
});

await report.step('allowed, started straight with the Temporal client', async (proof) => {
  const connection = await Connection.connect({ address: ready.temporal });
  const client = new Client({ connection });
  const handle = await client.workflow.start('sendEmail', {
    taskQueue: 'mailwarden',
    workflowId: `demo-${Date.now()}`,
    args: [
      {
        mailbox: ready.mailbox,
        to: 'bob@example.com',
        subject: 'two',
        text: 'Straight from an orchestrator.',
      },
    ],
  });
  await arrives('two');
  await reaches(handle.workflowId, 'sent');
  await webhook('delivered', handle.workflowId);
  const outcome = (await handle.result()) as Outcome;
  await connection.close();
  proof.equal('result of the workflow', outcome.status, 'delivered');
  proof.equal('received by SMTP', primary.withSubject('two').length, 1);
  return { id: handle.workflowId, status: outcome.status };
});

await report.step('held, approved with `temporal workflow signal`', async (proof) => {
  const { body } = await send('three', { mailbox: reviewed });
  proof.equal('status at first', body.status, 'held');
  proof.equal('received while held', primary.withSubject('three').length, 0);
  const input = JSON.stringify({ by: 'a person', digest: body.digest });
  await promisify(execFile)(temporalCli, [
    ...['workflow', 'signal', '--address', ready.temporal, '--workflow-id', body.id],
    ...['--name', 'approve', '--input', input],
  ]);
  await arrives('three');
  await reaches(body.id, 'sent');
  proof.equal('received by SMTP', primary.withSubject('three').length, 1);
  return { id: body.id, status: 'sent' };
});

await report.step('held, rejected through the API', async (proof) => {
  const { body } = await send('four', { mailbox: reviewed });
  const decided = await call('POST', `/v1/messages/${body.id}/decision`, ready.keys.reviewer, {
    action: 'reject',
    digest: body.digest,
  });
  proof.equal('HTTP answer', decided.status, 200);
  await reaches(body.id, 'rejected');
  proof.equal('received by SMTP', primary.withSubject('four').length, 0);
  return { id: body.id, status: 'rejected' };
});

await report.step('held, nobody decides: expires by its deadline', async (proof) => {
  const { body } = await send('five', { mailbox: impatient });
  proof.equal('status at first', body.status, 'held');
  await reaches(body.id, 'expired');
  proof.equal('received by SMTP', primary.withSubject('five').length, 0);
  return { id: body.id, status: 'expired' };
});

await report.step('primary SMTP server down: failover to the second', async (proof) => {
  await primary.stop();
  const { body } = await send('six');
  await arrives('six', secondary);
  await reaches(body.id, 'sent');
  await primary.start();
  proof.equal('received by the second', secondary.withSubject('six').length, 1);
  proof.equal('received by the first', primary.withSubject('six').length, 0);
  return { id: body.id, status: 'sent' };
});

await report.step('two HTTP providers: the first refuses, failover to the second', async (proof) => {
  resend.always = {
    status: 429,
    body: { statusCode: 429, name: 'daily_quota_exceeded', message: 'You have reached your daily quota.' },
  };
  const { body } = await send('by http', { mailbox: byHttp });
  await reaches(body.id, 'sent');
  resend.always = null;
  proof.equal('asked of Resend', resend.requests.length > 0, true);
  proof.equal('taken by Resend', resend.taken.length, 0);
  proof.equal('taken by Mailgun', mailgun.taken.length, 1);
  return { id: body.id, status: 'sent' };
});

await report.step('a forged webhook of that vendor is refused, a genuine one counts', async (proof) => {
  const { body } = await send('by resend', { mailbox: byHttp });
  await reaches(body.id, 'sent');
  const [taken] = resend.taken;
  if (taken === undefined) throw new Error('Resend has taken nothing');
  const post = async (hook: { body: Uint8Array; headers: Headers }): Promise<number> =>
    (await fetch(`${ready.api}/v1/hooks/resend`, { method: 'POST', ...hook })).status;
  const bounce = { bounce: { type: 'Permanent', subType: 'General', message: 'no such user' } };
  const forged = resend.hookFor(taken, 'email.bounced', bounce);
  forged.headers.set('svix-signature', `v1,${Buffer.alloc(32, 'forged').toString('base64')}`);
  proof.equal('answer to the forged bounce', await post(forged), 403);
  proof.equal('status after it', await statusOf(body.id), 'sent');
  proof.equal('answer to the genuine report', await post(resend.hookFor(taken, 'email.delivered')), 200);
  await reaches(body.id, 'delivered');
  return { id: body.id, status: 'delivered' };
});

await report.step('hard bounce webhook: suppressed, the next send is denied', async (proof) => {
  const to = 'gone@example.com';
  const first = await send('seven', { to });
  await arrives('seven');
  await reaches(first.body.id, 'sent');
  proof.equal(
    'bounce report',
    await webhook('bounced', first.body.id, { bounce: 'hard', recipient: to, smtpStatus: '5.1.1' }),
    200,
  );
  const next = await send('seven again', { to });
  proof.equal('HTTP answer to the next', next.status, 403);
  proof.equal('its code', next.body.code, 'policy_denied');
  const denying = next.body.verdict?.checks
    .filter((check) => check.status === 'failed')
    .map((check) => check.rule);
  proof.equal('its trace', denying?.join(), 'suppression_check');
  proof.equal('received by SMTP', primary.withSubject('seven again').length, 0);
  return { id: next.body.id, status: await statusOf(next.body.id) };
});

await report.step('the same request twice: one email, one id', async (proof) => {
  const headers = { 'idempotency-key': 'order-4711' };
  const [first, second] = [await send('eight', { headers }), await send('eight', { headers })];
  proof.equal('id of the second answer', second.body.id, first.body.id);
  await arrives('eight');
  await reaches(first.body.id, 'sent');
  proof.equal('received by SMTP', primary.withSubject('eight').length, 1);
  return { id: first.body.id, status: 'sent' };
});

await report.step('an agent over MCP sends, loses the reply, and calls again', async (proof) => {
  const { failure, lostReplies, answer } = await sendAndRetry(ready, {
    ...{ mailbox: ready.mailbox, to: 'ann@example.com', subject: 'nine', text: 'Hello from an agent.' },
    dedupeKey: 'agent-nine',
  });
  say(`   the first call failed: ${failure}`);
  proof.equal('replies lost', lostReplies, 1);
  proof.equal('the second answer is the first one', answer.replayed, true);
  await arrives('nine');
  await reaches(answer.id, 'sent');
  proof.equal('received by SMTP', primary.withSubject('nine').length, 1);
  return { id: answer.id, status: 'sent' };
});

await report.step('killed with -9 between acceptance and delivery, restarted', async (proof) => {
  const { status, body } = await send('ten', { sendAt: new Date(Date.now() + 1_500).toISOString() });
  proof.equal('HTTP answer', status, 202);
  proof.equal('processes killed', await house.killEverything(), 2);
  proof.equal('received before the kill', primary.withSubject('ten').length, 0);
  ready = await house.start();
  await arrives('ten');
  await reaches(body.id, 'sent');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  proof.equal('received by SMTP, a second later', primary.withSubject('ten').length, 1);
  return { id: body.id, status: await statusOf(body.id) };
});

await house.stop();
await Promise.all([primary, secondary, resend, mailgun].map((one) => one.stop()));
await rm(folder, { recursive: true, force: true });
process.exit(report.finish());
