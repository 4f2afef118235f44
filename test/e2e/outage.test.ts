/**
 * @module Two minutes without a database, refused and swallowed, while email is submitted, approved and
 * delivered; and the same for Temporal, shorter. Processes are real, and each wire can be cut. Both kinds
 * run side by side, because what they mostly do is wait.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { configSchema } from '../../src/config.js';
import { signReports } from '../../src/providers/index.js';
import { storeSettings } from '../../src/runtime.js';
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import { createStore } from '../../src/store/index.js';
import { openPostgres } from '../../src/store/postgres.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  call,
  eventually,
  interrupt,
  runCli,
  temporaryFolder,
  type Answer,
  type Process,
} from '../support/processes.js';
import { verifies } from '../support/requirements.js';
import { OFTEN } from '../support/store.js';
import { startSmtpServer, type RunningSmtp } from '../support/smtp.js';
import { startTcpProxy, type TcpProxy, type WireMode } from '../support/tcp-proxy.js';
import { temporalBinary } from '../support/temporal-binary.js';
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.js';

const DATABASE_OUTAGE = 120_000;
const TEMPORAL_OUTAGE = 12_000;
/** A door that answers later than this has kept its caller waiting. */
const ANSWERS_WITHIN = 12_000;
const AFTERWARDS = 150_000;

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const [agentKey, reviewerKey] = [makeKey('live'), makeKey('live')];
const folder = temporaryFolder();

let postgres: TestPostgres;
let temporal: TemporalServer;
beforeAll(async () => {
  [postgres, temporal] = await Promise.all([startPostgres(), startTemporalServer(await temporalBinary())]);
});
afterAll(async () => {
  await temporal.stop();
  await postgres.stop();
  folder.remove();
});

/** A server and a worker with a store, a task queue and a relay of their own. */
class House {
  readonly asked: { subject: string; answer: Answer; ms: number }[] = [];
  private constructor(
    readonly api: string,
    readonly database: TcpProxy,
    readonly temporal: TcpProxy,
    readonly smtp: RunningSmtp,
    readonly processes: readonly Process[],
    readonly taskQueue: string,
    /** Deliveries to `slow@…` wait for it, with their content handed over. */
    readonly gate: { open: () => void; waiting: number },
  ) {}

  static async open(name: string): Promise<House> {
    const url = new URL(await postgres.database(name));
    await seed(url.href);
    const database = await startTcpProxy({ port: Number(url.port) });
    const wire = await startTcpProxy({ port: Number(temporal.address.split(':')[1]) });
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const gate = { open, waiting: 0 };
    const smtp = await startSmtpServer({
      onMail: async ({ to }) => {
        if (!to.some((one) => one.startsWith('slow'))) return;
        gate.waiting += 1;
        await opened;
      },
    });
    const config = join(folder.path, `${name}.yaml`);
    const provider = (kind: string, more: string): string =>
      `  - { name: ${kind}, type: smtp, url: "${smtp.url}", webhookSecret: "\${HOOK}", timeouts: { ${more} } }`;
    writeFileSync(
      config,
      [
        `taskQueue: ${name}`,
        'approval: { signals: any }',
        'delivery: { checkDomains: false }',
        'providers:',
        provider('patient', 'startToClose: 5m, scheduleToClose: 10m'),
        provider('hasty', 'startToClose: 30s, scheduleToClose: 10m'),
      ].join('\n'),
    );
    url.port = String(database.port);
    const env = {
      ...{ DATABASE_URL: url.href, TEMPORAL_ADDRESS: `127.0.0.1:${wire.port}`, MAILWARDEN_CONFIG: config },
      ...{ MAILWARDEN_SEAL_KEYS: `k1:${randomBytes(32).toString('base64url')}`, HOOK: SECRET },
    };
    const [server, worker] = [runCli(['server', '--port', '0'], env), runCli(['worker'], env)];
    await Promise.all([server.says('Mailwarden serves'), worker.says('Mailwarden works')]);
    const api = /serves (http:\S+)/u.exec(server.stderr())?.[1] ?? '';
    return new House(api, database, wire, smtp, [server, worker], name, gate);
  }

  async close(): Promise<void> {
    this.gate.open();
    await Promise.all(this.processes.map(interrupt));
    await Promise.all([this.smtp.stop(), this.database.stop(), this.temporal.stop()]);
  }

  get alive(): boolean {
    return this.processes.every(({ child }) => child.exitCode === null && child.signalCode === null);
  }

  /** One email by its own key, and how long the door took. */
  async send(
    subject: string,
    more: object = {},
    mailbox = 'agent@example.com',
  ): Promise<Answer & { id: string }> {
    const since = Date.now();
    const path = `/v1/mailboxes/${mailbox}/messages`;
    const email = { to: 'ann@example.com', subject, text: 'hello', dedupeKey: subject, ...more };
    const answer = await call(this.api, agentKey, 'POST', path, email);
    this.asked.push({ subject, answer, ms: Date.now() - since });
    return { ...answer, id: answer.body.id };
  }
  get = (id: string): Promise<Answer> => call(this.api, agentKey, 'GET', `/v1/messages/${id}`);
  decide = (id: string, digest: string): Promise<Answer> =>
    call(this.api, reviewerKey, 'POST', `/v1/messages/${id}/decision`, { action: 'approve', digest });
  async report(message: string, type = 'delivered'): Promise<number> {
    const body = JSON.stringify({ reports: [{ reportId: randomBytes(6).toString('hex'), type, message }] });
    const headers = signReports(SECRET, body);
    return (await fetch(`${this.api}/v1/hooks/patient`, { method: 'POST', body, headers })).status;
  }
  arrived = (subject: string): number =>
    this.smtp.received.filter((one) => one.raw.includes(`Subject: ${subject}\r\n`)).length;
  reaches = (id: string, ...statuses: string[]): Promise<string> =>
    eventually(
      `${id} is ${statuses.join(' or ')}`,
      async () => {
        const { body } = await this.get(id);
        return statuses.includes(body.status) && (body.status as string);
      },
      AFTERWARDS,
    );
}

/** What an operator does once: mailboxes, and keys for an agent and a person. */
async function seed(url: string): Promise<void> {
  const store = createStore(
    openPostgres(url),
    storeSettings(configSchema.parse({}), () => new Date()),
  );
  await store.migrate();
  const route = (provider: string) => [{ provider, weight: 1, failover: false }];
  const policy = { ...OFTEN, limits: { hourly: 10_000, daily: 10_000, monthly: 10_000 } };
  for (const [address, autonomy, provider] of [
    ['agent@example.com', 'auto', 'patient'],
    ['hasty@example.com', 'auto', 'hasty'],
    ['held@example.com', 'review_all', 'patient'],
  ] as const)
    await store.createMailbox(
      { org: 'default', address, autonomy, route: route(provider), directStart: true, policy },
      'test',
    );
  const made = { org: 'default', mode: 'live', mailboxes: null, madeBy: null } as const;
  for (const [key, kind, scopes] of [
    [agentKey, 'agent', ['messages:send', 'messages:read']],
    [reviewerKey, 'person', ['approvals:decide', 'messages:read']],
  ] as const)
    await store.createKey({
      ...{ ...made, hash: hashKey(key), name: kind, principal: { kind, name: kind }, scopes: [...scopes] },
    });
  await store.end();
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
const isAccepted = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Every answer came in time, and was a yes or an honest "not now". */
function expectHonestAnswers(house: House): void {
  for (const { subject, answer, ms } of house.asked) {
    expect(ms, subject).toBeLessThan(ANSWERS_WITHIN);
    if (isAccepted(answer)) continue;
    expect(answer.status, subject).toBe(503);
    expect(['unavailable', 'outcome_unknown'], subject).toContain(answer.body.code);
    expect(answer.headers.get('retry-after'), subject).toMatch(/^\d+$/u);
  }
}

describe.concurrent.each([
  ['refused', 'refuse'],
  ['swallowed', 'swallow'],
] as const)('the database is %s for two minutes', (name, mode: WireMode) => {
  verifies(
    'send:none-lost/outage',
    `${name}: doors answer 503 in time, no process ends, and what was accepted is sent once`,
    async () => {
      const house = await House.open(name);
      const connection = await Connection.connect({ address: temporal.address });
      const client = new Client({ connection });
      try {
        await house.reaches((await house.send('before')).id, 'sent');
        const held = await house.send('by door', {}, 'held@example.com');
        const signalled = await house.send('by signal', {}, 'held@example.com');
        const scheduled = await house.send('scheduled', { sendAt: at(15_000) });
        const patient = await house.send('patient', { to: 'slow@example.com' });
        const hasty = await house.send('hasty', { to: 'slow@example.com' }, 'hasty@example.com');
        await eventually('both are on the wire', () => house.gate.waiting === 2);
        // Some come in just as the database goes.
        const astride = Promise.all(Array.from({ length: 5 }, (_, i) => house.send(`astride ${i}`)));
        await house.database.become(mode);
        const ends = Date.now() + DATABASE_OUTAGE;
        await astride;

        // The relay takes both; only now are there receipts to write.
        house.gate.open();
        await client.workflow
          .getHandle(signalled.id)
          .signal('approve', { by: 'rita', digest: signalled.body.digest });
        await client.workflow.start('sendEmail', {
          ...{ workflowId: `direct-${name}`, taskQueue: house.taskQueue },
          args: [{ mailbox: 'agent@example.com', to: 'ann@example.com', subject: 'direct', text: 'hello' }],
        });
        // More at once than the pool has connections.
        await Promise.all(Array.from({ length: 25 }, (_, i) => house.send(`burst ${i}`)));
        for (let i = 0; Date.now() < ends; i++) {
          expect((await house.send(`during ${i}`)).status).toBe(503);
          expect((await house.decide(held.id, held.body.digest)).status).toBe(503);
          expect((await house.get(held.id)).status).toBe(503);
          expect(await house.report(scheduled.id)).toBe(503);
          expect((await fetch(`${house.api}/healthz`)).status).toBe(200);
          const ready = await fetch(`${house.api}/readyz`);
          expect([ready.status, await ready.json()]).toEqual([503, { store: 'down', temporal: 'ok' }]);
          await sleep(Math.max(0, Math.min(5_000, ends - Date.now())));
        }
        expect(house.alive).toBe(true);
        expectHonestAnswers(house);
        const refused = house.asked
          .filter((one) => one.answer.body.code === 'unavailable')
          .map((one) => one.subject);
        expect(refused.length).toBeGreaterThan(25);

        await house.database.become('pass');
        await house.reaches(patient.id, 'sent');
        await house.reaches(hasty.id, 'unknown');
        await eventually(
          'the doors are open',
          async () => (await house.decide(held.id, held.body.digest)).status === 200,
        );
        // A claim that was on the wire when it was cut may be written late, and is then nobody's.
        for (const { id } of [held, signalled, scheduled, { id: `direct-${name}` }])
          await house.reaches(id, 'sent', 'unknown');
        for (const { subject, answer } of house.asked.filter((one) => isAccepted(one.answer))) {
          const status = await house.reaches(answer.body.id, 'sent', 'unknown');
          expect(house.arrived(subject), subject).toBeLessThanOrEqual(1);
          if (status === 'sent') expect(house.arrived(subject), subject).toBe(1);
        }
        expect([house.arrived('patient'), house.arrived('hasty'), house.arrived('direct')]).toEqual([
          1, 1, 1,
        ]);
        // Asked again with its key, what was refused goes out once.
        const again = await Promise.all(refused.slice(0, 10).map((subject) => house.send(subject)));
        for (const { id } of again) await house.reaches(id, 'sent');
        for (const subject of refused) expect(house.arrived(subject), subject).toBeLessThanOrEqual(1);
        expect(house.alive).toBe(true);
      } finally {
        await connection.close();
        await house.close();
      }
    },
    DATABASE_OUTAGE + AFTERWARDS + 60_000,
  );
});

describe.concurrent.each([
  ['refused', 'refuse'],
  ['swallowed', 'swallow'],
] as const)('Temporal is %s', (name, mode: WireMode) => {
  verifies(
    'send:none-lost/outage',
    `Temporal is ${name}: doors answer in time, reports are applied, and all that was accepted is sent once`,
    async () => {
      const house = await House.open(`temporal-${name}`);
      try {
        const sent = await house.send('sent');
        await house.reaches(sent.id, 'sent');
        const held = await house.send('by door', {}, 'held@example.com');
        await house.send('scheduled', { sendAt: at(4_000) });
        const astride = Promise.all(Array.from({ length: 5 }, (_, i) => house.send(`astride ${i}`)));
        await house.temporal.become(mode);
        const ends = Date.now() + TEMPORAL_OUTAGE;
        await astride;
        // What the database can do alone goes on.
        expect(await house.report(sent.id)).toBe(200);
        expect((await house.get(sent.id)).body.status).toBe('delivered');
        for (let i = 0; Date.now() < ends; i++) {
          expect((await house.send(`during ${i}`)).status).toBe(503);
          expect((await house.decide(held.id, held.body.digest)).status).toBe(503);
          expect((await house.get(held.id)).body.status).toBe('held');
          const ready = await fetch(`${house.api}/readyz`);
          expect([ready.status, await ready.json()]).toEqual([503, { store: 'ok', temporal: 'down' }]);
          await sleep(500);
        }
        expectHonestAnswers(house);
        await house.temporal.become('pass');
        // Repeated with its key, each is one email, whatever the first call came to.
        for (const { subject, answer } of [...house.asked])
          if (!isAccepted(answer))
            await eventually(`${subject} is accepted`, async () => isAccepted(await house.send(subject)));
        await eventually(
          'it is approved',
          async () => (await house.decide(held.id, held.body.digest)).status === 200,
        );
        for (const { subject, answer } of house.asked.filter((one) => isAccepted(one.answer))) {
          await house.reaches(answer.body.id, 'sent', 'delivered');
          expect(house.arrived(subject), subject).toBe(1);
        }
        expect(house.alive).toBe(true);
      } finally {
        await house.close();
      }
    },
    TEMPORAL_OUTAGE + AFTERWARDS + 60_000,
  );
});
