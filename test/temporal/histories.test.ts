/**
 * @module One history of each path that an email can take. With RECORD_HISTORIES=1 they are written to
 * test/histories/<version of the package>, where test/histories/replay.test.ts replays them against the code of the
 * day. What a released version has recorded stays as it is: a change of the workflow must replay it, not rewrite it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentSchema } from '../../src/core/email/request.js';
import { MailwardenPlugin } from '../../src/plugin.js';
import type { Outcome } from '../../workflows/index.js';
import { carrier, type Answer, type Carrier } from '../support/carrier.js';
import { userBundle } from '../support/house.js';
import { ownTaskQueue } from '../support/temporal.js';
import { bundle, startWarden, type Handle, type Warden } from '../support/warden.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let warden: Warden;
let first: Carrier;
beforeAll(async () => {
  first = carrier('first');
  warden = await startWarden({ carriers: [first, carrier('second')], searchAttribute: true });
});
afterAll(() => warden.stop());

const mail = (more: object = {}): object => ({
  to: 'ann@example.com',
  subject: 'recorded',
  text: randomUUID(),
  ...more,
});
const delivered = (handle: Handle): Promise<void> =>
  warden.report('first', { type: 'delivered', message: handle.workflowId });

async function sent(answers: Answer[], more: object = {}): Promise<Handle> {
  first.answers = [...answers];
  const { handle } = await warden.submit(mail(more));
  await warden.until(handle.workflowId, 'sent');
  return handle;
}

async function held(): Promise<{ handle: Handle; digest: string }> {
  await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'review_all' }, 'test');
  const { handle, answer } = await warden.submit(mail());
  await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'auto' }, 'test');
  return { handle, digest: answer.view?.digest ?? '' };
}

/** Each path, by the name of its file. Each ends with a closed workflow. */
const PATHS: Record<string, () => Promise<Handle>> = {
  delivered: async () => {
    const handle = await sent([]);
    await delivered(handle);
    return handle;
  },
  'invalid-request': () => warden.start({ to: 'nobody' }),
  approved: async () => {
    const { handle, digest } = await held();
    await warden.signal(handle, 'approve', { by: 'alice', digest });
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  'approved-by-door': async () => {
    const { handle, digest } = await held();
    await warden.update(handle, 'decide', { action: 'approve', digest });
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  rejected: async () => {
    const { handle, digest } = await held();
    await warden.signal(handle, 'reject', { by: 'alice', digest });
    return handle;
  },
  'edited-and-approved': async () => {
    const { handle, digest } = await held();
    const content = contentSchema.parse({ to: 'ann@example.com', subject: 'edited', text: 'other' });
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'review_all' }, 'test');
    await warden.update(handle, 'revise', { digest, content });
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'auto' }, 'test');
    const view = await warden.store.view(handle.workflowId);
    await warden.signal(handle, 'approve', { by: 'alice', digest: view?.digest ?? '' });
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  expired: async () => {
    const soon = new Date(Date.now() + 600).toISOString();
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'review_all' }, 'test');
    const { handle } = await warden.submit(mail({ expiresAt: soon }));
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'auto' }, 'test');
    return handle;
  },
  denied: async () => {
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'read_only' }, 'test');
    const { handle } = await warden.submit(mail());
    await warden.store.updateMailbox('default', warden.mailbox.id, { autonomy: 'auto' }, 'test');
    return handle;
  },
  canceled: async () => {
    const { handle } = await held();
    await warden.signal(handle, 'cancel');
    return handle;
  },
  'canceled-natively': async () => {
    const { handle } = await held();
    await handle.cancel();
    return handle;
  },
  scheduled: async () => {
    const handle = await sent([], { sendAt: new Date(Date.now() + 500).toISOString() });
    await delivered(handle);
    return handle;
  },
  'failed-over': async () => {
    const refused = { outcome: 'not_sent_permanent', reason: 'config' } as const;
    const handle = await sent([refused]);
    await delivered(handle);
    return handle;
  },
  unknown: async () => {
    first.answers = [{ outcome: 'unknown' }];
    const { handle } = await warden.submit(mail());
    await warden.until(handle.workflowId, 'unknown');
    await delivered(handle);
    return handle;
  },
  'soft-bounced-then-delivered': async () => {
    const handle = await sent([]);
    await warden.report('first', { type: 'bounced', bounce: 'soft', message: handle.workflowId });
    await expect
      .poll(() => first.sent.filter((one) => one.id === handle.workflowId).length, { timeout: 10_000 })
      .toBe(2);
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  bounced: async () => {
    const handle = await sent([], { to: `gone-${randomUUID()}@example.com` });
    await warden.report('first', { type: 'bounced', bounce: 'hard', message: handle.workflowId });
    return handle;
  },
  'reported-by-signal': async () => {
    const handle = await sent([]);
    await handle.signal('deliveryReport', { reportId: 'r1', type: 'delivered' });
    return handle;
  },
};

type History = Awaited<ReturnType<Handle['fetchHistory']>>;

async function record(name: string, history: History): Promise<void> {
  if (!process.env['RECORD_HISTORIES']) return;
  const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string };
  if ((await readFile(`${ROOT}CHANGELOG.md`, 'utf8')).includes(`## [${version}]`))
    throw new Error(`${version} is released: what it recorded stays; raise the version first`);
  const folder = `${ROOT}test/histories/${version}`;
  await mkdir(folder, { recursive: true });
  // Stack traces in it would name folders of this machine.
  await writeFile(`${folder}/${name}.json`, historyToJSON(history).replaceAll(ROOT, ''));
}

for (const [name, walk] of Object.entries(PATHS))
  test(`${name}: the path just walked replays without difference`, async () => {
    const handle = await walk();
    await handle.result();
    const history = await handle.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: bundle() }, history, handle.workflowId);
    await record(name, history);
  });

test('parent and child-of-parent: the paths just walked replay without difference', async () => {
  const plugins = [new MailwardenPlugin({ taskQueue: warden.taskQueue })];
  const workflowBundle = await userBundle('orders', plugins);
  const { client, connection } = warden.temporal;
  const worker = await Worker.create({ connection, taskQueue: ownTaskQueue(), workflowBundle, plugins });
  const [parent, child] = await worker.runUntil(async () => {
    const started = await client.workflow.start('order', {
      workflowId: `order_${randomUUID()}`,
      taskQueue: worker.options.taskQueue,
      args: [{ mailbox: warden.mailbox.id, ...mail() }],
    });
    const { id } = (await started.result()) as Outcome;
    const handle: Handle = client.workflow.getHandle(id);
    await delivered(handle);
    await handle.result();
    return [await started.fetchHistory(), await handle.fetchHistory()];
  });
  await Worker.runReplayHistory({ workflowBundle, plugins }, parent, 'parent');
  await Worker.runReplayHistory({ workflowBundle: bundle() }, child, 'child-of-parent');
  await record('parent', parent);
  await record('child-of-parent', child);
});
