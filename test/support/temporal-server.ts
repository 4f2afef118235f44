/**
 * @module A Temporal dev server for a test run: in memory, on a free port of the loopback, ended by its own pid.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Connection } from '@temporalio/client';

export interface TemporalServer {
  address: string;
  stop(): Promise<void>;
}

/** Most of a second on two busy cores; a machine that needs longer than this has another problem. */
const START_WITHIN_MS = 30_000;

export async function startTemporalServer(binary: string): Promise<TemporalServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    binary,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--search-attribute', 'MailwardenStatus=Keyword', '--log-level', 'error'],
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
      // Priority by category and fairness by mailbox: not the default of every server.
      ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      // A history that a test deletes is gone at once, not half a minute later.
      ...['--dynamic-config-value', 'history.transferProcessorEnsureCloseBeforeDelete=false'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(patience);
  };
  const until = Date.now() + START_WITHIN_MS;
  while (!(await answers(address))) {
    if (child.exitCode !== null) throw new Error(`${binary} ended with code ${child.exitCode}: ${said}`);
    if (Date.now() > until) {
      await stop();
      throw new Error(`${binary} did not answer on ${address} within ${START_WITHIN_MS} ms: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { address, stop };
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.withDeadline(Date.now() + 1_000, () =>
        connection.workflowService.describeNamespace({ namespace: 'default' }),
      );
    } finally {
      await connection.close();
    }
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
