/**
 * @module A real Postfix for one test file: an instance of its own, with its own configuration and queue in a temporary
 * folder, on a free port of 127.0.0.1, stopped and removed at the end. What it takes it sends on to `next`.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../src/embedded/free-port.js';
import { eventually } from './processes.js';

const run = promisify(execFile);

export interface TestPostfix {
  url: string;
  port: number;
  /** What it wrote into its log so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface PostfixSettings {
  /** Port of the server on 127.0.0.1 that all mail is sent on to. */
  next: number;
  /** Answers to RCPT by address, such as `550 5.1.1 no such user`. */
  refuses?: Readonly<Record<string, string>>;
  /** Port of a policy server (Postfix SMTPD_POLICY_README) that is asked at each RCPT. */
  policy?: number;
}

/** Asks nothing, and starts no server: the instance of a test is its own. */
const INSTALL = `
  export DEBIAN_FRONTEND=noninteractive
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
  apt-get install -y -qq --no-install-recommends postfix ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postfix; }`;

/** Why there can be no Postfix here, or null where there is one; as root on Debian it is installed where it is absent. */
export function postfixIsMissing(): string | null {
  if (process.getuid?.() !== 0) return 'Postfix needs root';
  if (existsSync('/usr/sbin/postfix')) return null;
  if (!existsSync('/usr/bin/apt-get')) return 'Postfix is not installed, and there is no apt-get';
  try {
    execFileSync('sh', ['-c', INSTALL], { stdio: 'ignore', timeout: 90_000 });
    return null;
  } catch {
    return 'Postfix is not installed, and apt-get could not do it';
  }
}

/** A test run that is killed closes the pipe, and so ends its server too. */
const UNTIL_STDIN_ENDS = '"$@" & server=$!; cat > /dev/null; kill -TERM $server 2> /dev/null; wait $server';

export async function startPostfix(settings: PostfixSettings): Promise<TestPostfix> {
  const folder = mkdtempSync(join(tmpdir(), 'mailwarden-postfix-'));
  // Its daemons give up root, and still have to find their queue.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const log = join(folder, 'log');
  for (const name of ['etc', 'queue', 'data']) mkdirSync(join(folder, name));
  await run('chown', ['postfix', join(folder, 'data')]);
  writeFileSync(join(folder, 'etc/main.cf'), mainCf(folder, settings));
  writeFileSync(join(folder, 'etc/master.cf'), masterCf(port));
  // Makes the folders of the queue, with their owners.
  await run('postfix', ['-c', join(folder, 'etc'), 'check'], { timeout: 30_000 });
  const master = ['/usr/lib/postfix/sbin/master', '-c', join(folder, 'etc'), '-d'];
  const child = spawn('sh', ['-c', UNTIL_STDIN_ENDS, 'sh', ...master], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const at: TestPostfix = {
    ...{ url: `smtp://127.0.0.1:${port}`, port },
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await eventually('postfix greets', async () => await greets(port));
    return at;
  } catch (error) {
    const said = at.log();
    await at.stop();
    throw new Error(`postfix did not start: ${said}`, { cause: error });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', (chunk) => end(chunk.toString().startsWith('220')));
    socket.once('error', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}

function mainCf(folder: string, { next, refuses = {}, policy }: PostfixSettings): string {
  const checks = [
    ...Object.entries(refuses).map(([to, reply]) => `check_recipient_access inline:{ { ${to} = ${reply} } }`),
    ...(policy === undefined ? [] : [`check_policy_service inet:127.0.0.1:${policy}`]),
    'permit_mynetworks',
    'reject',
  ];
  const lines = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
    myhostname: 'mta.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    relayhost: `[127.0.0.1]:${next}`,
    smtp_dns_support_level: 'disabled',
    alias_maps: '',
    local_recipient_maps: '',
    smtpd_recipient_restrictions: checks.join(', '),
    // What its next server puts off is tried again at once.
    ...{ queue_run_delay: '1s', minimal_backoff_time: '1s', maximal_backoff_time: '1s' },
    // A test's mails come from one client, and quickly.
    smtpd_client_connection_count_limit: '0',
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/**
 * Debian's own services (columns: master(5)): only SMTP listens elsewhere, and nothing runs in a chroot, for which the
 * folder would need copies of system files.
 */
const masterCf = (port: number): string =>
  readFileSync('/etc/postfix/master.cf.proto', 'utf8')
    .replace(/^smtp +inet /mu, `127.0.0.1:${port} inet `)
    .replace(/^(\S+ +(?:inet|unix\S*) +\S+ +\S+ +)y/gmu, '$1n');
