/**
 * @module One PostgreSQL and one SMTP server for all points; for each point workers as processes that die
 * there, one after the other, and then a worker that lives.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { configSchema, type Config, type ConfigInput } from '../../../src/config.js';
import { createLog } from '../../../src/log.js';
import { createProviders } from '../../../src/providers/index.js';
import { closeProviders, storeSettings } from '../../../src/runtime.js';
import { keyRing } from '../../../src/seal.js';
import { createStore } from '../../../src/store/index.js';
import { openPostgres } from '../../../src/store/postgres.js';
import type { MessageDetail, Store } from '../../../src/store/store.js';
import { createWorker } from '../../../src/worker.js';
import { deliveryReportSignal, type sendEmail } from '../../../workflows/index.js';
import { startPostgres } from '../../support/postgres.js';
import { eventually } from '../../support/processes.js';
import { startSmtpServer, type RunningSmtp } from '../../support/smtp.js';
import { temporalBinary } from '../../support/temporal-binary.js';
import { startTemporalServer } from '../../support/temporal-server.js';
import '../../support/quiet-temporal.js';
import type { Moment, Orders, Point } from './points.js';
import { startTap, type Cut } from './tap.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../../dist/workflow-bundle.js', import.meta.url));

/** Subject of an email that the SMTP server refuses at first. */
const REFUSED_ONCE = 'refused once';
const CROWD = 5;
/** Milliseconds. */
const DIES_WITHIN = 60_000;
const ENDS_WITHIN = 60_000;

/** What became of one email. */
export interface Fate {
  detail: MessageDetail;
  /** How often the SMTP server took it. */
  received: number;
  /** What its workflow returned. */
  result: string;
}

export interface Scene {
  play(point: Point): Promise<Fate[]>;
  stop(): Promise<void>;
}

type Handle = WorkflowHandle<typeof sendEmail>;

const configOf = (url: string, { single, report }: Partial<Point> = {}): ConfigInput => ({
  delivery: { roundBackoff: ['100ms'], giveUpAfter: '5m' },
  // Closes after a while without news, so that a test knows that nothing comes any more.
  feedback: { window: report ? '30s' : '1s' },
  approval: { signals: 'any' },
  providers: [
    {
      name: 'smtp',
      type: 'smtp',
      url,
      retry: { maximumAttempts: single ? 1 : 4, initialInterval: '50ms', maximumInterval: '100ms' },
      timeouts: { scheduleToStart: '2m', startToClose: '8s', heartbeat: '2s', scheduleToClose: '3m' },
    },
  ],
});

export async function setScene(): Promise<Scene> {
  const [temporal, postgres] = await Promise.all([
    startTemporalServer(await temporalBinary()),
    startPostgres(),
  ]);
  const { address } = temporal;
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const refused = new Set<string>();
  const smtp = await startSmtpServer({
    onMail({ raw }) {
      const id = messageIdIn(raw);
      if (!raw.includes(REFUSED_ONCE) || refused.has(id)) return;
      refused.add(id);
      throw new Error('not now');
    },
  });
  const databaseUrl = await postgres.database('kill');
  const store = createStore(
    openPostgres(databaseUrl),
    storeSettings(configSchema.parse(configOf(smtp.url)), () => new Date()),
  );
  await store.migrate();
  await store.createMailbox(
    { org: 'default', address: 'agent@example.com', autonomy: 'auto', directStart: true },
    'test',
  );
  const ground: Ground = {
    ...{ address, databaseUrl, smtp, store, native, client: new Client({ connection }) },
    ...{ sealKey: `test:${randomBytes(32).toString('base64url')}`, bundle: { codePath: BUNDLE } },
  };
  return {
    play: (point) => play(ground, point),
    async stop() {
      await store.end();
      await smtp.stop();
      await connection.close();
      await native.close();
      await temporal.stop();
      await postgres.stop();
    },
  };
}

interface Ground extends Pick<Orders, 'databaseUrl' | 'sealKey'> {
  address: string;
  client: Client;
  native: NativeConnection;
  bundle: { codePath: string };
  smtp: RunningSmtp;
  store: Store;
}

async function play(ground: Ground, point: Point): Promise<Fate[]> {
  const { client, store, smtp } = ground;
  const taskQueue = `kill-${randomUUID()}`;
  const emails = await Promise.all(
    Array.from({ length: point.crowd ? CROWD : 1 }, () => start(client, taskQueue, point)),
  );
  const reported = point.report && report(ground, emails, point.report);
  for (const death of point.deaths) await die(ground, point, death, taskQueue, emails);
  const living = await startLiving(ground, point, taskQueue);
  try {
    await reported;
    return await Promise.all(
      emails.map(async (email) => {
        const { status } = await within(ENDS_WITHIN, email.result(), `${email.workflowId} to end`);
        const detail = await store.message('default', email.workflowId);
        if (detail === null) throw new Error(`${email.workflowId} is not in the store`);
        const received = smtp.received.filter(({ raw }) => messageIdIn(raw) === detail.content.messageId);
        return { detail, received: received.length, result: status };
      }),
    );
  } finally {
    await living.stop();
  }
}

const start = (client: Client, taskQueue: string, { refusedOnce }: Point): Promise<Handle> =>
  client.workflow.start<typeof sendEmail>('sendEmail', {
    workflowId: `kill_${randomUUID()}`,
    taskQueue,
    args: [
      {
        mailbox: 'agent@example.com',
        to: `p-${randomUUID()}@example.com`,
        subject: refusedOnce ? REFUSED_ONCE : 'hello',
        text: 'some lines of text\n'.repeat(50),
      },
    ],
    // What a dead worker had begun of the workflow itself is given to the next one after this, not after 10 s.
    workflowTaskTimeout: '3s',
  });

/** Starts a worker and waits until it has killed itself, or was killed. */
async function die(
  ground: Ground,
  point: Point,
  death: Point['deaths'][number],
  taskQueue: string,
  emails: readonly Handle[],
): Promise<void> {
  const isCut = death === 'content' || death === 'reply';
  const tap = isCut ? await startTap(ground.smtp.port, death satisfies Cut, () => kill(child)) : null;
  const orders: Orders = {
    temporal: ground.address,
    databaseUrl: ground.databaseUrl,
    taskQueue,
    sealKey: ground.sealKey,
    config: configOf(tap?.url ?? ground.smtp.url, point),
    moment: isCut || death === 'outside' ? null : (death satisfies Moment),
    nth: point.crowd ? 3 : 1,
  };
  const child = spawn(process.execPath, [WORKER, JSON.stringify(orders)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const ended = once(child, 'exit');
  try {
    if (death === 'outside') {
      await isSent(ground, emails);
      kill(child);
    }
    const [code, signal] = (await within(DIES_WITHIN, ended, `a worker to die: ${point.title}`)) as [
      number | null,
      string | null,
    ];
    if (signal !== 'SIGKILL') throw new Error(`the worker ended with ${code ?? signal}: ${said}`);
  } finally {
    kill(child);
    await tap?.stop();
  }
}

const kill = (child: ChildProcess): void => void child.kill('SIGKILL');

const isSent = ({ store }: Ground, emails: readonly Handle[]): Promise<boolean> =>
  eventually(
    'all are sent',
    async () => {
      const views = await Promise.all(emails.map(({ workflowId }) => store.view(workflowId)));
      return views.every((view) => view?.status === 'sent');
    },
    DIES_WITHIN,
  );

async function report(ground: Ground, emails: readonly Handle[], way: 'signal' | 'webhook'): Promise<void> {
  await isSent(ground, emails);
  for (const email of emails) {
    const one = { reportId: randomUUID(), type: 'delivered' as const };
    if (way === 'webhook') await ground.store.applyReports('smtp', [{ ...one, message: email.workflowId }]);
    await email.signal(deliveryReportSignal, ...(way === 'signal' ? [one] : []));
  }
}

/** In this process: it takes over what the dead have left. */
async function startLiving(
  { native, store, smtp, sealKey, bundle: workflowBundle }: Ground,
  point: Point,
  taskQueue: string,
): Promise<{ stop(): Promise<void> }> {
  const config: Config = configSchema.parse(configOf(smtp.url, point));
  const providers = createProviders(config.providers);
  const worker = await createWorker({
    ...{ connection: native, namespace: 'default', taskQueue },
    dependencies: {
      ...{ store, providers, config, ring: keyRing([sealKey]), clock: () => new Date() },
      ...{ directOrg: 'default', searchAttribute: true, log: createLog('silent') },
    },
    options: { workflowBundle, workflowThreadPoolSize: 1, shutdownGraceTime: '2s' },
  });
  const running = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await running;
      await closeProviders(providers);
    },
  };
}

const messageIdIn = (raw: string): string => /^message-id:\s*(<[^>]+>)/imu.exec(raw)?.[1] ?? '';

async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), ms);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
