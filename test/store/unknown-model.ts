/**
 * @module A small world for a property: vendors that know what they really took, and a model of what may be said of
 * each recipient. Neither knows how the store decides.
 */
import type { Receipt, RecipientReceipt } from '../../src/core/delivery/receipt.js';
import type { OnUnknown } from '../../src/core/delivery/unknown.js';

/** What happens to one call. `takes`: whether the vendor took what reached it. */
export type Call =
  | { is: 'accepted' | 'retry' | 'permanent' | 'config' }
  /** It answers for each recipient in turn. */
  | { is: 'mixed'; answers: ('accepted' | 'retry' | 'permanent' | 'unknown')[] }
  /** The line broke; the worker says so. */
  | { is: 'unknown'; takes: boolean }
  /** The worker died before or after the wire; its answer may come late all the same. */
  | { is: 'crash'; takes: boolean; late: boolean };

export interface VendorKind {
  dedupes: boolean;
  envelope: boolean;
  lookup: 'none' | 'partial' | 'complete';
}

interface Take {
  key: string;
  index: number;
  at: number;
}

/** How long a vendor that deduplicates remembers a key. */
export const DEDUPES_FOR_MS = 2 * 3_600_000;

/** One provider, as it really is. */
export class Vendor {
  readonly takes: Take[] = [];
  readonly payloads = new Map<string, string>();

  constructor(
    readonly name: string,
    readonly kind: VendorKind,
  ) {}

  /** What it answers; null where nobody hears it. `late`: what would be heard in the end. */
  call(
    call: Call,
    key: string,
    recipients: readonly number[],
    at: number,
  ): { answer: Receipt | null; late: Receipt } {
    const payload = recipients.join(',');
    // The same key for something else: the vendor answers 409, and we have made a mistake.
    if (this.kind.dedupes && (this.payloads.get(key) ?? payload) !== payload)
      throw new Error('the key was used for other recipients');
    const known = this.takes.filter((one) => one.key === key && at - one.at < DEDUPES_FOR_MS);
    const taken = this.kind.dedupes ? known.map((one) => one.index) : [];
    const take = (index: number): void => {
      if (!taken.includes(index)) this.takes.push({ key, index, at });
    };
    const answers = recipients.map((index, place): RecipientReceipt => {
      const is = call.is === 'mixed' ? (call.answers[place % call.answers.length] ?? 'accepted') : call.is;
      if (taken.includes(index) && is !== 'retry') return { index, outcome: 'accepted' };
      const takes = is === 'accepted' || ('takes' in call && call.takes);
      if (takes) take(index);
      switch (is) {
        case 'retry':
          return { index, outcome: 'not_sent_retry', reason: 'transient' };
        case 'permanent':
          return { index, outcome: 'not_sent_permanent', reason: 'recipient' };
        case 'config':
          return { index, outcome: 'not_sent_permanent', reason: 'config' };
        case 'unknown':
          return { index, outcome: 'unknown' };
        default:
          return takes
            ? { index, outcome: 'accepted' }
            : { index, outcome: 'not_sent_permanent', reason: 'recipient' };
      }
    });
    if (answers.some((one) => one.outcome === 'accepted')) this.payloads.set(key, payload);
    const lost = answers.map(({ index }): RecipientReceipt => ({ index, outcome: 'unknown' }));
    if (call.is === 'crash') return { answer: null, late: { recipients: answers } };
    return { answer: { recipients: call.is === 'unknown' ? lost : answers }, late: { recipients: answers } };
  }

  /** What its search finds of these, taken at that time or later. */
  find(recipients: readonly number[], since: number): Receipt | null {
    const found = recipients.filter((index) =>
      this.takes.some((one) => one.index === index && one.at >= since),
    );
    if (found.length === 0) return null;
    return { recipients: found.map((index) => ({ index, outcome: 'accepted' })) };
  }

  /** How many emails it made for this one. */
  emailsTo(index: number): number {
    return this.takes.filter((one) => one.index === index).length;
  }
}

/** `doubt`: claimed or unknown; the difference is whether somebody still waits for the answer. */
export type State =
  'ready' | 'doubt' | 'sent' | 'failed' | 'deferred' | 'delivered' | 'bounced' | 'complained';

const RANK: Readonly<Record<State, number>> = {
  ...{ ready: 0, doubt: 0, sent: 0, failed: 0 },
  ...{ deferred: 1, delivered: 2, bounced: 3, complained: 4 },
};

interface Known {
  state: State;
  /** The try that holds it. */
  holder: string;
  key: string;
  /** Tries that may have sent it, of which nobody has said that they did not. */
  open: Map<string, { key: string; provider: string }>;
  /** It was given to a second provider while in doubt: then no refusal settles anything. */
  failedOver: boolean;
  /** How often somebody said "not sent" of it, whatever was true; and how often it was failed over. */
  excuses: { said: number; failovers: number };
}

const openAt = ({ open }: Known, provider: string): boolean =>
  [...open.values()].some((one) => one.provider === provider);

/** What may be said of each recipient. Throws where the store does what must not be done. */
export class Model {
  readonly all: Known[];
  readonly looks = new Map<string, number>();

  constructor(
    count: number,
    readonly policy: OnUnknown,
  ) {
    this.all = Array.from({ length: count }, () => ({
      ...{ state: 'ready' as const, holder: '', key: '', open: new Map(), failedOver: false },
      excuses: { said: 0, failovers: 0 },
    }));
  }

  #of(index: number): Known {
    const known = this.all[index];
    if (known === undefined) throw new Error(`there is no recipient ${index}`);
    return known;
  }

  claimed(name: string, key: string, { name: provider, kind }: Vendor, recipients: readonly number[]): void {
    const repeated = recipients.filter((index) => this.#of(index).key === key);
    if (repeated.length > 0 && (repeated.length < recipients.length || !kind.dedupes))
      throw new Error('a key came again with others, or where nobody deduplicates');
    for (const index of recipients) {
      const one = this.#of(index);
      const isFailover = one.state === 'doubt' && one.key !== key;
      if (one.state !== 'ready' && one.state !== 'doubt') throw new Error(`claimed what is ${one.state}`);
      if (isFailover && (this.policy !== 'failover' || openAt(one, provider)))
        throw new Error('what is in doubt was given to somebody');
      if (isFailover) one.excuses.failovers += 1;
      one.failedOver ||= isFailover;
      Object.assign(one, { state: 'doubt', holder: name, key });
      one.open.set(name, { key, provider });
    }
  }

  answered(name: string, { recipients }: Receipt): void {
    for (const { index, outcome, reason } of recipients) {
      const one = this.#of(index);
      if (outcome === 'accepted') {
        if (one.state === 'ready' || one.state === 'doubt') one.state = 'sent';
        continue;
      }
      if (outcome === 'unknown') continue;
      one.open.delete(name);
      const inDoubt = one.failedOver || [...one.open.values()].some((it) => it.key === one.key);
      if (one.state !== 'doubt' || one.holder !== name || inDoubt) continue;
      one.state = reason === 'recipient' ? 'failed' : 'ready';
      if (one.state === 'ready') this.#forget(one);
    }
  }

  reported(index: number, state: State): void {
    const one = this.#of(index);
    if (RANK[state] > RANK[one.state]) one.state = state;
  }

  /** A person, or a complete search. */
  resolved(index: number, as: 'sent' | 'not_sent' | 'abandoned', isCertain = false): void {
    const one = this.#of(index);
    if (one.state !== 'doubt') throw new Error(`resolved what is ${one.state}`);
    one.state = as === 'sent' ? 'sent' : as === 'abandoned' ? 'failed' : 'ready';
    if (as !== 'not_sent') return;
    if (!isCertain) one.excuses.said += 1;
    this.#forget(one);
  }

  #forget(one: Known): void {
    one.open.clear();
    one.failedOver = false;
  }
}
