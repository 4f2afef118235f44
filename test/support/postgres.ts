/**
 * @module A real PostgreSQL for one test file: its own cluster in a temporary folder, on a free port of
 * 127.0.0.1, stopped and removed at the end.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

export interface TestPostgres {
  /** Makes an empty database and answers its URL. */
  database(name: string): Promise<string>;
  port: number;
  /** Of the server itself, whose children serve the connections. */
  pid(): number;
  /** As a crash of the machine: no shutdown, every connection gone. */
  crash(): Promise<void>;
  /** `kill -9` of every process of it at once. */
  kill(): Promise<void>;
  /** Starts it again after a crash, on the same data and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Where Debian puts its programs; the newest version that is there. */
function programs(): string {
  const base = '/usr/lib/postgresql';
  const [newest] = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  return join(base, newest, 'bin');
}

/** Its programs refuse to run as root, which is who tests are in a container. */
const isRoot = process.getuid?.() === 0;
const asUser = (program: string, args: string[]): [string, string[]] =>
  isRoot ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, args];

/** A test run that is killed closes the pipe, and so ends its server too. */
const UNTIL_STDIN_ENDS = '"$@" & server=$!; cat > /dev/null; kill -INT $server 2> /dev/null; wait $server';

/** `more`: settings of the server; tests need nothing to survive a loss of power. */
export async function startPostgres(more: Record<string, string> = {}): Promise<TestPostgres> {
  const bin = programs();
  const dir = mkdtempSync(join(tmpdir(), 'mailwarden-postgres-'));
  if (isRoot) {
    chmodSync(dir, 0o755);
    await run('chown', ['postgres', dir]);
  }
  const data = join(dir, 'data');
  await run(
    ...asUser(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
  );
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '60',
    ...more,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const admin = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const pid = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const server = [join(bin, 'postgres'), '-D', data, '-p', String(port), ...flags];
    child = spawn(...asUser('sh', ['-c', UNTIL_STDIN_ENDS, 'sh', ...server]), {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await answering(admin('postgres'), child);
  };
  await start();
  return {
    port,
    pid,
    async database(name) {
      await query(admin('postgres'), `create database "${name}"`);
      return admin(name);
    },
    start,
    crash: () => ended(child, pid(), 'SIGQUIT'),
    async kill() {
      const all = childrenOf(pid());
      const exit = ended(child, pid(), 'SIGKILL');
      for (const one of all) killIfThere(one);
      await exit;
    },
    async stop() {
      // It may have ended by itself, and taken its pid file along.
      if (child.exitCode === null) await ended(child, pid(), 'SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + 20_000; ;) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`);
    try {
      await query(url, 'select 1');
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its crash; to the server itself, because runuser keeps it. */
async function ended(child: ChildProcess, pid: number, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  process.kill(pid, signal);
  child.stdin?.end();
  await exit;
}

/** Linux tells; elsewhere its children see for themselves that it is gone, and end. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? (readFileSync(list, 'utf8').match(/\d+/gu) ?? []).map(Number) : [];
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
