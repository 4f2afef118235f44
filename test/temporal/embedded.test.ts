/** @module The embedded Temporal server with the real binary: what it promises across kills and restarts. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort, isPortFree } from '../../src/embedded/free-port.js';
import type { ProcessIdentity } from '../../src/embedded/process-identity.js';
import { identityOf, isCertainlyAlive } from '../../src/embedded/process-identity.js';
import { endProcess, strayServers } from '../../src/embedded/server-record.js';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';
import { databaseIn } from '../../src/embedded/temporal-child.js';
import type { TemporalServer, TemporalServerOptions } from '../../src/embedded/temporal-server.js';
import { startTemporalServer } from '../../src/embedded/temporal-server.js';
import { askHealth } from '../../src/embedded/temporal-health.js';
import type { Child } from '../embedded/support/child.js';
import { runChild } from '../embedded/support/child.js';
import { temporaryFolder } from '../embedded/support/folder.js';

let binary: string;
beforeAll(async () => {
  binary = await findTemporalBinary({ env: process.env, home: tmpdir(), say: () => undefined });
});

interface Started extends TemporalServer {
  said: string[];
  failures: Error[];
}
async function start(dataDir: string, options: Partial<TemporalServerOptions> = {}): Promise<Started> {
  const said: string[] = [];
  const failures: Error[] = [];
  const server = await startTemporalServer({
    binary,
    dataDir,
    port: 0,
    uiPort: 0,
    env: process.env,
    say: (line) => said.push(line),
    onFailure: (error) => failures.push(error),
    ...options,
  });
  onTestFinished(() => server.stop());
  return { ...server, said, failures };
}

function recorded(dataDir: string): { child: ProcessIdentity; port: number; uiPort: number } {
  return JSON.parse(readFileSync(join(dataDir, 'temporal.json'), 'utf8')) as ReturnType<typeof recorded>;
}

/** A server whose owner is another process, and which outlives it. */
async function ownedByAnother(
  dataDir: string,
): Promise<{ owner: Child; address: string; left: ProcessIdentity }> {
  const owner = runChild('hold-temporal.ts', [dataDir, binary]);
  const address = await owner.line();
  const { child: left } = recorded(dataDir);
  // Also where the test fails before the next start has stopped it.
  onTestFinished(async () => {
    for (const one of [left, ...strayServers(databaseIn(dataDir))]) await endProcess(one, 0);
  });
  return { owner, address, left };
}

async function clientOf(address: string): Promise<Client> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

const startWorkflow = async (address: string, workflowId: string): Promise<void> => {
  const client = await clientOf(address);
  await client.workflow.start('sendEmail', { workflowId, taskQueue: 'nobody', args: [] });
};
const statusOf = async (address: string, workflowId: string): Promise<string> =>
  (await (await clientOf(address)).workflow.getHandle(workflowId).describe()).status.name;

test('it starts healthy, with its UI and our search attribute, and stops with nothing left', async () => {
  const dataDir = temporaryFolder();
  const server = await start(dataDir);
  const { child, port, uiPort } = recorded(dataDir);
  expect(server.address).toBe(`127.0.0.1:${port}`);
  expect((await fetch(server.uiUrl)).status).toBe(200);
  const { count } = await (await clientOf(server.address)).workflow.count('MailwardenStatus = "held"');
  expect(count).toBe(0);
  await server.stop();
  expect(isCertainlyAlive(child)).toBe(false);
  expect(await isPortFree(uiPort)).toBe(true);
  expect(recorded(dataDir).child).toBeNull();
});

test('a restart finds its workflows, on the ports of last time', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  await startWorkflow(first.address, 'w1');
  await first.stop();
  const second = await start(dataDir);
  expect([second.address, second.uiUrl]).toEqual([first.address, first.uiUrl]);
  expect(await statusOf(second.address, 'w1')).toBe('RUNNING');
});

test('ports that were taken meanwhile are exchanged for free ones; one that was asked for is refused', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  await first.stop();
  const { port } = recorded(dataDir);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  await expect(start(dataDir, { port })).rejects.toThrow(`port ${port} for Temporal's gRPC is taken`);
  const second = await start(dataDir);
  expect(second.address).not.toBe(first.address);
});

test('after kill -9 of all of us, the server that was left is stopped before the next one starts', async () => {
  const dataDir = temporaryFolder();
  const { owner, address, left } = await ownedByAnother(dataDir);
  await startWorkflow(address, 'w1');
  await owner.kill();
  expect(isCertainlyAlive(left)).toBe(true);
  const server = await start(dataDir);
  expect(isCertainlyAlive(left)).toBe(false);
  expect(recorded(dataDir).child.pid).not.toBe(left.pid);
  expect(server.address).toBe(address);
  expect(await statusOf(server.address, 'w1')).toBe('RUNNING');
});

test.runIf(process.platform === 'linux')(
  'a left server is found also where we were killed before its record',
  async () => {
    const dataDir = temporaryFolder();
    const { owner, left } = await ownedByAnother(dataDir);
    await owner.kill();
    rmSync(join(dataDir, 'temporal.json'));
    await start(dataDir);
    expect(isCertainlyAlive(left)).toBe(false);
  },
);

test('a recorded pid that now belongs to someone else is left alone', async () => {
  const dataDir = temporaryFolder();
  const stranger = runChild('hold-lock.ts', [temporaryFolder()]);
  await stranger.line();
  const child = { pid: stranger.pid, start: 'another time' };
  const ports = { port: await freePort(), uiPort: await freePort(), namespaceId: null };
  writeFileSync(join(dataDir, 'temporal.json'), JSON.stringify({ child, ...ports }));
  await start(dataDir);
  expect(identityOf(stranger.pid)).not.toBeNull();
});

test('a server that is killed comes back by itself on the same ports, with its workflows', async () => {
  const dataDir = temporaryFolder();
  const server = await start(dataDir);
  await startWorkflow(server.address, 'w1');
  const before = recorded(dataDir).child;
  process.kill(before.pid, 'SIGKILL');
  await expect.poll(() => askHealth(server.address), { timeout: 15_000 }).not.toBeNull();
  expect(recorded(dataDir).child.pid).not.toBe(before.pid);
  expect(await statusOf(server.address, 'w1')).toBe('RUNNING');
  expect(server.said).toEqual(['the Temporal server ended (ended by SIGKILL); starting it again']);
  expect(server.failures).toEqual([]);
});

test('a crash loop ends in one clear error', async () => {
  const dataDir = temporaryFolder();
  const server = await start(dataDir, { timing: { backoff: [10, 10] } });
  const { child, port } = recorded(dataDir);
  // What makes every next start fail: the port is somebody else's.
  process.kill(child.pid, 'SIGKILL');
  const thief = createServer();
  await expect
    .poll(
      () =>
        new Promise((resolve) =>
          thief.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
        ),
    )
    .toBe(true);
  onTestFinished(() => void thief.close());
  await expect.poll(() => server.failures, { timeout: 15_000 }).toHaveLength(1);
  expect(server.failures[0]?.message).toMatch(
    /^the Temporal server ended 3 times in a row \(.*; its log is .*temporal\.log$/u,
  );
  await server.stop();
});

test('what does not become healthy in time is stopped and said in one line', async () => {
  const dataDir = temporaryFolder();
  const silent = join(dataDir, 'silent');
  writeFileSync(silent, '#!/bin/sh\necho "Error: out of luck"\nexec sleep 60\n', { mode: 0o755 });
  const started = start(dataDir, { binary: silent, timing: { healthy: 300 } });
  await expect(started).rejects.toThrow(
    `the Temporal server did not start (not healthy within 0.3 s: Error: out of luck); its log is ${join(dataDir, 'temporal.log')}`,
  );
  expect(recorded(dataDir).child).toBeNull();
  await expect(start(dataDir, { binary: '/nowhere' })).rejects.toThrow('ENOENT');
});

test('another server on the port is never taken for ours', async () => {
  const [ours, theirs] = [temporaryFolder(), temporaryFolder()];
  await (await start(ours)).stop();
  // A child that binds nothing: whoever answers on its port is somebody else.
  const silent = join(ours, 'silent');
  writeFileSync(silent, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const port = await freePort();
  const started = start(ours, { binary: silent, port, timing: { healthy: 6_000 } });
  const refused = expect(started).rejects.toThrow(`port ${port} for Temporal's gRPC is taken`);
  await expect.poll(() => recorded(ours).child).not.toBeNull();
  await start(theirs, { port });
  await refused;
});

test.runIf(process.platform === 'linux')(
  'it leads a process group, so that Ctrl-C does not reach it, and gets none of our settings, which hold secrets',
  async () => {
    const dataDir = temporaryFolder();
    const env = { ...process.env, DATABASE_URL: 'postgres://secret', TEMPORAL_ADDRESS: 'elsewhere:1' };
    await start(dataDir, { env });
    const { pid } = recorded(dataDir).child;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    expect(stat.split(') ')[1]?.split(' ')[2]).toBe(String(pid));
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/secret|elsewhere/u);
  },
);
