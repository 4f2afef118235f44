/**
 * @module Where emails are waited for. Each wire asks before it passes on what it has recognised; while an ambush
 * is laid for that moment, it waits there until somebody was killed.
 */
import { sleep } from '../kill/chance.js';

/** A moment on the way of one email, as a wire sees it: before something is passed on, or before its answer is. */
export interface Crossing {
  /** The email's number in the load. */
  email: number;
  /** The process at the near end of the wire. */
  process: string;
  /** What is on its way: `transaction message.sent`, `rpc RespondActivityTaskCompleted`, `content resend`. */
  what: string;
  side: 'before' | 'after';
  /** Milliseconds for which it can wait: below the time-outs of whoever waits for it. */
  patience: number;
}

/** `drop`: it is not passed on, and the connection ends. */
export type Ruling = 'go' | 'drop';

/** What is waited for: the first crossing of each of these emails that fits. */
export interface Plan {
  emails: readonly number[];
  fits: (crossing: Crossing) => boolean;
  /** What is cut off on the way there, once for each email. */
  cuts?: (crossing: Crossing) => boolean;
}

interface Waiting {
  crossing: Crossing;
  rule: (ruling: Ruling) => void;
  until: number;
}

export class Ambush {
  #plan: Plan | null = null;
  #waiting: Waiting[] = [];
  readonly #cut = new Set<number>();

  /** Asked by the wires. */
  async pass(crossing: Crossing): Promise<Ruling> {
    const plan = this.#plan;
    if (plan === null || !plan.emails.includes(crossing.email)) return 'go';
    if (!this.#cut.has(crossing.email) && plan.cuts?.(crossing)) {
      this.#cut.add(crossing.email);
      return 'drop';
    }
    if (!plan.fits(crossing)) return 'go';
    // A retry of the same email by somebody else, while the first stands still, goes its way.
    if (this.#waiting.some((one) => one.crossing.email === crossing.email)) return 'go';
    const until = Date.now() + crossing.patience;
    return await new Promise((rule) => this.#waiting.push({ crossing, rule, until }));
  }

  /** From here on these wait. Ended by `spring`. */
  lay(plan: Plan): void {
    if (this.#plan !== null) throw new Error('one ambush at a time');
    this.#plan = plan;
  }

  /** Those that wait: once all came, or the first of them can wait no longer; nobody where none comes in time. */
  async caught(ms: number): Promise<Crossing[]> {
    const all = this.#plan?.emails.length ?? 0;
    const patience = Date.now() + ms;
    const end = (): number =>
      this.#waiting.length === 0 ? patience : Math.min(...this.#waiting.map((one) => one.until));
    while (this.#waiting.length < all && Date.now() < end()) await sleep(10);
    return this.#waiting.map((one) => one.crossing);
  }

  /** Lets everybody go; what these processes were saying is dropped. */
  spring(killed: readonly string[]): void {
    this.#plan = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { crossing, rule } of waiting) rule(killed.includes(crossing.process) ? 'drop' : 'go');
  }
}
