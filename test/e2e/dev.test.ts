/** @module `mailwarden dev` as a newcomer has it: started, used, killed, started again, stopped. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  call,
  eventually,
  interrupt,
  killTree,
  runCli,
  startDev,
  temporalPid,
  temporaryFolder,
  type Answer,
  type DevProcess,
} from '../support/processes.js';
import { temporalBinary } from '../support/temporal-binary.js';
import { verifies } from '../support/requirements.js';

const folder = temporaryFolder();
let dev: DevProcess;
beforeAll(async () => {
  dev = await startDev(folder.path);
});
afterAll(async () => {
  await interrupt(dev);
  folder.remove();
});

const send = (more: object = {}, key = dev.ready.keys.agent): Promise<Answer> =>
  call(dev.ready.api, key, 'POST', `/v1/mailboxes/${dev.ready.mailbox}/messages`, {
    to: 'ann@example.com',
    subject: 'Hello',
    text: 'It works.',
    ...more,
  });
const statusOf = async (id: string, key = dev.ready.keys.agent): Promise<string> =>
  ((await call(dev.ready.api, key, 'GET', `/v1/messages/${id}`)).body as { status: string }).status;
const becomes = (id: string, status: string, key?: string): Promise<boolean> =>
  eventually(`${id} ${status}`, async () => (await statusOf(id, key)) === status);
const inbox = async (): Promise<{ subject: string; to: string[]; messageId: string; raw: string }[]> =>
  (await (await fetch(dev.ready.inbox)).json()) as never;

test('the ready line has every member that scripts rely on', () => {
  expect(Object.keys(dev.ready).sort()).toEqual(
    ['api', 'captureSmtp', 'inbox', 'keys', 'mailbox', 'mcp', 'review', 'temporal', 'temporalUi'].sort(),
  );
  expect(Object.keys(dev.ready.keys).sort()).toEqual(['admin', 'agent', 'reviewer', 'sandbox']);
});

test('an email sent by the CLI arrives in the inbox, and its report from the inbox page closes it', async () => {
  const env = { MAILWARDEN_URL: dev.ready.api, MAILWARDEN_API_KEY: dev.ready.keys.agent };
  const cli = runCli(
    ['send', '--to', 'bob@example.com', '--subject', 'By CLI', '--text', 'Hi', '--json'],
    env,
  );
  expect(await cli.ended).toBe(0);
  const { id } = JSON.parse(cli.stdout()) as { id: string };
  await becomes(id, 'sent');
  const [mail] = (await inbox()).filter((one) => one.subject === 'By CLI');
  expect(mail?.to).toEqual(['bob@example.com']);
  const listed = (await (await fetch(dev.ready.inbox)).json()) as { id: string; subject: string }[];
  const mine = listed.find((one) => one.subject === 'By CLI');
  const reported = await fetch(`${dev.ready.inbox}/${mine?.id}/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'delivered' }),
  });
  expect(reported.status).toBeLessThan(400);
  await becomes(id, 'delivered');
});

test('the Temporal UI answers, and the workflow there holds nothing readable of the email', async () => {
  expect((await fetch(dev.ready.temporalUi ?? '')).status).toBe(200);
  const { body } = await send({
    to: 'secret-person@example.com',
    subject: 'A private subject',
    text: 'A private body',
  });
  await becomes((body as { id: string }).id, 'sent');
  const connection = await Connection.connect({ address: dev.ready.temporal });
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId: (body as { id: string }).id },
  });
  await connection.close();
  // Payloads stand in it as base64: decoded, so that what is in them is searched too.
  const readable = JSON.stringify(history).replace(
    /"([A-Za-z0-9+/]{8,}={0,2})"/gu,
    (all, text: string) => `${all}${Buffer.from(text, 'base64').toString()}`,
  );
  expect(readable).toContain('sealed');
  for (const secret of ['secret-person', 'A private subject', 'A private body'])
    expect(readable).not.toContain(secret);
});

test('a held email is approved with the real `temporal workflow signal` command', async () => {
  const made = await call(dev.ready.api, dev.ready.keys.admin, 'POST', '/v1/mailboxes', {
    address: 'held@localhost.test',
  });
  const { id: mailbox } = made.body as { id: string };
  const sent = await call(dev.ready.api, dev.ready.keys.agent, 'POST', `/v1/mailboxes/${mailbox}/messages`, {
    to: 'ann@example.com',
    subject: 'Held',
    text: 'x',
  });
  const { id, digest } = sent.body as { id: string; digest: string };
  expect(sent.body).toMatchObject({ status: 'held', approvalUrl: `${dev.ready.api}/review/${id}` });
  await promisify(execFile)(await temporalBinary(), [
    ...['workflow', 'signal', '--address', dev.ready.temporal, '--workflow-id', id],
    ...['--name', 'approve', '--input', JSON.stringify({ by: 'alice', digest })],
  ]);
  await becomes(id, 'sent');
});

test('the agent may not decide, and the reviewer may not send', async () => {
  const { body } = await send();
  const { id, digest } = body as { id: string; digest: string };
  const decision = await call(dev.ready.api, dev.ready.keys.agent, 'POST', `/v1/messages/${id}/decision`, {
    action: 'approve',
    digest,
  });
  expect(decision).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  expect(await send({}, dev.ready.keys.reviewer)).toMatchObject({
    status: 403,
    body: { code: 'scope_missing' },
  });
});

test('sandbox addresses produce their outcome through the real path, and nothing leaves', async () => {
  const { sandbox } = dev.ready.keys;
  for (const [local, status] of [
    ['delivered', 'delivered'],
    ['bounced', 'bounced'],
    ['complained', 'complained'],
    ['refused', 'failed'],
    ['timeout', 'unknown'],
    ['soft-bounced', 'deferred'],
  ] as const) {
    const { status: answer, body } = await send({ to: `${local}+${Date.now()}@sandbox.test` }, sandbox);
    expect(answer).toBe(202);
    await becomes((body as { id: string }).id, status, sandbox);
  }
  expect((await inbox()).filter((mail) => mail.to.some((to) => to.endsWith('@sandbox.test')))).toEqual([]);
});

test('a second `dev` on the same folder, and a taken port, are one clear line and exit code 1', async () => {
  const second = runCli(['dev', '--port', '0', '--data-dir', folder.path]);
  expect(await second.ended).toBe(1);
  expect(second.stderr().trim().split('\n').at(-1)).toMatch(/in use by another mailwarden/u);

  const other = temporaryFolder();
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as AddressInfo;
  const taken = runCli(['dev', '--port', String(port), '--data-dir', other.path]);
  expect(await taken.ended).toBe(1);
  expect(taken.stderr().trim().split('\n').at(-1)).toMatch(/port \d+ .*taken/u);
  blocker.close();
  other.remove();
});

test('where no Temporal binary can be had, one line says how to get one', async () => {
  const other = temporaryFolder();
  const none = runCli(['dev', '--port', '0', '--data-dir', other.path], {
    TEMPORAL_CLI_PATH: `${other.path}/none`,
    PATH: other.path,
    HOME: other.path,
    XDG_CACHE_HOME: other.path,
  });
  expect(await none.ended).toBe(1);
  expect(none.stderr()).toMatch(/TEMPORAL_CLI_PATH/u);
  other.remove();
});

verifies(
  'send:none-lost',
  'what was answered survives kill -9 of the whole tree, twice in a row',
  async () => {
    const subject = `killed ${Date.now()}`;
    const { status, body } = await send({ subject, sendAt: new Date(Date.now() + 2_000).toISOString() });
    expect(status).toBe(202);
    await killTree(dev);
    const between = runCli(['dev', '--json', '--port', '0', '--data-dir', folder.path]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await killTree({ ...between, dataDir: folder.path, ready: dev.ready });
    const keys = dev.ready.keys;
    dev = await startDev(folder.path);
    expect(dev.ready.keys).toEqual(keys);
    await becomes((body as { id: string }).id, 'sent');
    expect((await inbox()).filter((one) => one.subject === subject)).toHaveLength(1);
  },
  120_000,
);

test('Temporal killed alone is started again, and an email sent meanwhile is not lost', async () => {
  const pid = temporalPid(folder.path);
  process.kill(pid ?? 0, 'SIGKILL');
  const during = await send({ subject: 'during', dedupeKey: `k-${Date.now()}` });
  expect([202, 503]).toContain(during.status);
  if (during.status === 503) expect(during.headers.get('retry-after')).toMatch(/^\d+$/u);
  const after = await eventually('Temporal is back', async () => {
    const { status, body } = await send({ subject: 'after', dedupeKey: 'after-the-kill' });
    return status === 202 && (body as { id: string });
  });
  await becomes(after.id, 'sent');
});

test('Ctrl-C stops everything: no process is left, the folder is free', async () => {
  const other = temporaryFolder();
  const short = await startDev(other.path);
  const pid = temporalPid(other.path);
  expect(pid).not.toBeNull();
  expect(await interrupt(short)).toBe(0);
  expect(temporalPid(other.path)).toBeNull();
  expect(() => process.kill(pid ?? 0, 0)).toThrow();
  other.remove();
});
