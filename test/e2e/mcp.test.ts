import { Client } from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLossyProxy } from '../../examples/demo/lossy-proxy.js';
import { connectMcp, toolNames, use, type Structured } from '../support/mcp.js';
import {
  CLI,
  eventually,
  interrupt,
  runCli,
  startDev,
  temporalPid,
  temporaryFolder,
  type DevProcess,
} from '../support/processes.js';

const folder = temporaryFolder();
let dev: DevProcess;
beforeAll(async () => (dev = await startDev(`${folder.path}/data`)));
afterAll(async () => {
  await interrupt(dev);
  folder.remove();
});

const email = (subject: string): Record<string, unknown> => ({
  to: 'ann@example.com',
  subject,
  text: 'Hello Ann',
});

async function inInbox(subject: string): Promise<number> {
  const all = (await (await fetch(dev.ready.inbox)).json()) as { subject: string }[];
  return all.filter((one) => one.subject === subject).length;
}

interface Stdio {
  client: Client;
  transport: StdioClientTransport;
  said: () => string;
}

async function overStdio(args: string[], env: Record<string, string>): Promise<Stdio> {
  const temporal = process.env['TEMPORAL_CLI_PATH'];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'mcp', ...args],
    env: { ...getDefaultEnvironment(), ...(temporal && { TEMPORAL_CLI_PATH: temporal }), ...env },
    cwd: folder.path,
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return { client, transport, said: () => said };
}

/** Nothing of the machine's own settings reaches it; they are given by name. */
const withServer = (url = dev.ready.api): Record<string, string> => ({
  MAILWARDEN_URL: url,
  MAILWARDEN_API_KEY: dev.ready.keys.agent,
});

test.each([{}, { dedupeKey: 'order-4711' }])(
  'a reply that was lost and a call that is repeated are one email (%o)',
  async (more) => {
    const subject = `Lost ${JSON.stringify(more)}`;
    const proxy = await startLossyProxy(dev.ready.mcp);
    const url = proxy.url;
    const first = await connectMcp({ url, key: dev.ready.keys.agent });
    proxy.loseNext((body) => body.includes('tools/call'));
    await expect(use(first, 'send_email', { ...email(subject), ...more })).rejects.toThrow();
    expect(proxy.lost()).toBe(1);
    const again = await connectMcp({ url, key: dev.ready.keys.agent });
    const { output, words } = await use(again, 'send_email', { ...email(subject), ...more });
    expect(output.replayed).toBe(true);
    expect(words).toContain('nothing was sent again');
    await eventually('the email', async () => (await inInbox(subject)) > 0);
    const read = await use(again, 'read_email', { id: output.id, wait: 20, until: 'sent' });
    expect(read.output.status).toBe('sent');
    expect(await inInbox(subject)).toBe(1);
    await first.close();
    await again.close();
    await proxy.close();
  },
);

test('over standard input and output it asks the server that is named, with what its key allows', async () => {
  const { client, transport, said } = await overStdio([], withServer());
  expect(await toolNames(client)).toContain('send_email');
  expect(await toolNames(client)).not.toContain('decide_email');
  const input = email('Over stdio');
  const sent = await use(client, 'send_email', input);
  expect(sent.isError).toBe(false);
  // A model that lost its tool call makes it again, maybe in another process.
  const other = await overStdio([], withServer());
  expect((await use(other.client, 'send_email', input)).output).toMatchObject({
    id: sent.output.id,
    replayed: true,
  });
  const wrong = await use(client, 'send_email', { ...input, body: 'x' });
  expect(wrong.output).toMatchObject({ code: 'invalid_request', field: 'body' });
  const pid = transport.pid ?? 0;
  await client.close();
  await other.client.close();
  await eventually('the process to end', () => !isAlive(pid), 10_000);
  expect(said()).toBe('');
});

const line = (method: string, id?: number, params: object = {}): string =>
  `${JSON.stringify({ jsonrpc: '2.0', ...(id !== undefined && { id }), method, params })}\n`;
const HELLO =
  line('initialize', 0, {
    ...{ protocolVersion: '2025-06-18', capabilities: {} },
    clientInfo: { name: 'a file', version: '1' },
  }) + line('notifications/initialized');
const answersOf = (stdout: string): Map<unknown, Structured> =>
  new Map(
    stdout
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one) as { id: unknown })
      .map((one) => [one.id, one]),
  );

test('what a file asks is answered to the end, also by a tool that waits, and then the process ends', async () => {
  const call = (id: number, name: string, input: object): string =>
    line('tools/call', id, { name, arguments: input });
  const first = runCli(
    ['mcp'],
    withServer(),
    HELLO + call(1, 'send_email', { ...email('From a file'), sendAt: '2099-01-01T00:00:00Z' }),
  );
  expect(await first.ended).toBe(0);
  const { id } = answersOf(first.stdout()).get(1).result.structuredContent;
  const many = Array.from({ length: 30 }, (_, i) => call(i + 2, 'list_emails', { limit: 200 }));
  const more = [
    ...[call(1, 'read_email', { id, wait: 2, until: 'sent' }), ...many],
    // Without a line feed, so it is no request.
    line('tools/list', 99).trim(),
  ];
  const all = runCli(['mcp'], withServer(), HELLO + more.join(''));
  expect(await all.ended).toBe(0);
  const answers = answersOf(all.stdout());
  expect([...answers.keys()].sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 32 }, (_, i) => i),
  );
  for (const [key, { result }] of answers)
    if (key !== 0) expect([key, result.isError === true]).toEqual([key, false]);
  expect(all.stderr()).toBe('');
});

test('an input without a request ends at once', async () => {
  const { ended, stdout } = runCli(['mcp'], withServer());
  expect([await ended, stdout()]).toEqual([0, '']);
});

test('a file starts dev where there is no server, and is answered by it', async () => {
  const data = `${folder.path}/of-a-file`;
  const { ended, stdout, stderr } = runCli(
    ['mcp', '--port', '0', '--data-dir', data],
    {},
    HELLO + line('tools/call', 1, { name: 'send_email', arguments: email('From nowhere') }),
  );
  expect([await ended, stderr()]).toEqual([0, expect.stringContaining('Mailwarden is up')]);
  expect(answersOf(stdout()).get(1).result.structuredContent.status).toBeDefined();
});

test('where the named server is down, tools say so and nothing is started', async () => {
  const { client } = await overStdio(['--data-dir', `${folder.path}/none`], withServer('http://127.0.0.1:9'));
  expect(await toolNames(client)).toContain('send_email');
  const { output, isError } = await use(client, 'send_email', email('Down'));
  expect([isError, output.code, output.retryable]).toEqual([true, 'connection_failed', true]);
  expect(output.nextStep).toContain('Repeat this very call');
  await client.close();
  expect(temporalPid(`${folder.path}/none`)).toBeNull();
});

test('where no server is named or running it starts dev, and ends it with its input', async () => {
  const data = `${folder.path}/own`;
  const { client, transport, said } = await overStdio(['--port', '0', '--data-dir', data], {});
  const { output } = await use(client, 'send_email', email('On my own'));
  const read = await use(client, 'read_email', { id: output.id, wait: 20, until: 'sent' });
  expect(read.output.status).toBe('sent');
  expect(said()).toContain('Mailwarden is up');
  const [pid, temporal] = [transport.pid ?? 0, temporalPid(data) ?? 0];
  expect(isAlive(temporal)).toBe(true);
  await client.close();
  await eventually('both processes to end', () => !isAlive(pid) && !isAlive(temporal), 30_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
