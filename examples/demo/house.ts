/** @module The `mailwarden dev` process of the demo: started, killed and started again on one folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../../src/embedded/dev.js';
import { isAlive } from '../../src/embedded/process-identity.js';
import { readServerRecord } from '../../src/embedded/server-record.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export class House {
  #process: ChildProcess | null = null;

  constructor(
    readonly dataDir: string,
    private readonly env: Record<string, string>,
  ) {}

  /** Resolves with the ready line. */
  async start(): Promise<Ready> {
    const child = spawn(
      process.execPath,
      [CLI, 'dev', '--json', '--port', '0', '--autonomy', 'auto', '--data-dir', this.dataDir],
      {
        env: { ...process.env, ...this.env },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#process = child;
    const lines = createInterface({ input: child.stdout });
    const ready = once(lines, 'line') as Promise<[string]>;
    const exit = once(child, 'exit').then(() =>
      Promise.reject(new Error('`mailwarden dev` ended before it was ready')),
    );
    const [line] = await Promise.race([ready, exit]);
    exit.catch(() => undefined);
    return JSON.parse(line) as Ready;
  }

  /** Every process of the tree at once, with no chance to finish anything. Answers how many. */
  async killEverything(): Promise<number> {
    const server = readServerRecord(this.dataDir)?.child;
    const child = this.#process;
    if (!child?.pid || !server || !isAlive(server)) throw new Error('the process tree is not up');
    const gone = once(child, 'exit');
    process.kill(server.pid, 'SIGKILL');
    process.kill(child.pid, 'SIGKILL');
    await gone;
    this.#process = null;
    return 2;
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    await gone;
  }
}
