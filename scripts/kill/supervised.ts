/**
 * @module A process that is killed and started again, as a supervisor would: also where it ends by itself,
 * because what it needs is away for the moment.
 */
import type { ChildProcess } from 'node:child_process';
import { sleep } from './chance.js';

/** Milliseconds between an end of its own and the next start; and how often at most. */
const PAUSE = 500;
const MOST_STARTS = 1_000;

export class Supervised {
  /** How often it was started again because it had ended by itself. */
  ownEnds = 0;
  #child: ChildProcess | null = null;
  #starts = 0;
  #isWanted = false;
  readonly #onExit = (): void => void this.#child?.kill('SIGKILL');

  constructor(
    readonly name: string,
    private readonly spawn: () => ChildProcess,
    /** Whether the newest start works. */
    private readonly isUp: () => boolean | Promise<boolean>,
  ) {
    // Whatever becomes of us, it must not stay behind.
    process.once('exit', this.#onExit);
  }

  start(): void {
    this.#isWanted = true;
    if ((this.#starts += 1) > MOST_STARTS) throw new Error(`${this.name} was started too often`);
    const child = this.spawn();
    this.#child = child;
    const over = (): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.ownEnds += 1;
      void sleep(PAUSE).then(() => {
        if (this.#isWanted && this.#child === null) this.start();
      });
    };
    child.once('exit', over);
    child.once('error', over);
  }

  /** Waits until it works, at most so long; false where it doesn't by then. */
  async up(ms: number): Promise<boolean> {
    for (const until = Date.now() + ms; Date.now() < until;) {
      if (this.#child !== null && (await this.isUp())) return true;
      await sleep(50);
    }
    return false;
  }

  /** `kill -9`; stays down until `start`. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#onExit);
  }
}
