/**
 * @module Plays the workflow of one email against the real store, as workflows/delivery.ts does, with vendors that do
 * what a script says; and whatever may come in between: late answers, reports, lookups, people, lost workers.
 */
import { randomUUID } from 'node:crypto';
import { exhausts, outcomeFor, type Receipt } from '../../src/core/delivery/receipt.js';
import { nextProvider, type RouteEntry } from '../../src/core/delivery/route.js';
import type { Store, StoredView } from '../../src/store/store.js';
import { admission, content, HOUR, MINUTE, type TestClock } from '../support/store.js';
import { DEDUPES_FOR_MS, type Call, type Model, type State, type Vendor } from './unknown-model.js';

export type Step =
  | { do: 'work' }
  | { do: 'wait'; minutes: number }
  | { do: 'late' }
  | { do: 'report'; type: 'deferred' | 'delivered' | 'bounced' | 'complained' }
  | { do: 'lookup'; misses: boolean; fails: boolean }
  | { do: 'resolve'; as: 'sent' | 'not_sent' | 'abandoned' };

const LEASE_MS = MINUTE;
const MOST_TRIES = 2;

/** An activity that Temporal will try again. */
interface Activity {
  provider: Vendor;
  attempt: number;
  tries: number;
  version: number;
}

export class World {
  readonly id: string;
  readonly #run: string;
  readonly #digest: string;
  readonly #org: string;
  readonly #name: string;
  readonly #late: (() => Promise<unknown>)[] = [];
  #activity: Activity | null = null;
  #reports = 0;

  private constructor(
    readonly store: Store,
    readonly clock: TestClock,
    readonly vendors: readonly Vendor[],
    readonly model: Model,
    readonly calls: Call[],
    owner: { id: string; run: string; org: string; name: string; digest: string },
  ) {
    this.id = owner.id;
    this.#run = owner.run;
    this.#digest = owner.digest;
    this.#org = owner.org;
    this.#name = owner.name;
  }

  static async open(
    store: Store,
    clock: TestClock,
    mailbox: Parameters<typeof admission>[0],
    vendors: readonly Vendor[],
    model: Model,
    calls: Call[],
  ): Promise<World> {
    const name = randomUUID();
    const to = model.all.map((_, index) => addressOf(name, index));
    const wanted = { ...admission(mailbox, { content: content({ to }) }), name };
    const { view } = await store.admit(wanted);
    if (view.status === 'denied') throw new Error('denied: nothing would be tried');
    return new World(store, clock, vendors, model, calls, { ...wanted, digest: view.digest });
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'work':
        await this.#work();
        break;
      case 'wait':
        this.clock.advance(step.minutes * MINUTE);
        break;
      case 'late':
        await this.#late.shift()?.();
        break;
      case 'report':
        await this.#report(step.type);
        break;
      case 'lookup':
        await this.lookUp(step);
        break;
      case 'resolve':
        await this.#resolve(step.as);
        break;
    }
  }

  /** Until nothing moves by itself any more. */
  async drain(): Promise<void> {
    for (let rounds = 0; rounds < 8; rounds++) {
      const stage = await this.#work();
      if (stage === 'feedback' || stage === 'closed') break;
      this.clock.advance(16 * MINUTE);
    }
    this.clock.advance(2 * HOUR);
    await this.store.settleLost({ id: this.id, run: this.#run, workflow: 'running' });
    this.#activity = null;
    for (let looks = 0; looks < 3; looks++) await this.lookUp({ misses: true, fails: false });
    for (let rounds = 0; rounds < 3; rounds++) await this.#work();
  }

  async states(): Promise<State[]> {
    const view = await this.store.view(this.id);
    return (view?.recipients ?? []).map(({ status }) =>
      status === 'claimed' || status === 'unknown' ? 'doubt' : (status as State),
    );
  }

  /** The stage, where there is nothing to do at it. */
  async #work(): Promise<string | undefined> {
    if (this.#activity !== null) {
      await this.#try(this.#activity);
      return undefined;
    }
    const view = await this.store.view(this.id);
    if (view?.stage !== 'ready') return view?.stage;
    const { attempt, only, tried, closed, subset } = view.delivery;
    const name = only ?? nextProvider(this.#route(), this.id, [...tried, ...closed], subset)?.provider;
    const provider = this.vendors.find((one) => one.name === name);
    if (provider === undefined) await this.#settle(0, '');
    else await this.#try({ provider, attempt, tries: 0, version: view.version });
    return undefined;
  }

  #route(): RouteEntry[] {
    return this.vendors.map(({ name, kind: { envelope } }) => ({
      provider: name,
      weight: 1,
      failover: false,
      envelope,
    }));
  }

  async #settle(attempt: number, provider: string): Promise<void> {
    this.#activity = null;
    await this.store.settle({ id: this.id, run: this.#run, attempt, provider, route: this.#route() });
  }

  /** One try of an activity, and what Temporal does after it. */
  async #try({ provider, attempt, tries, version }: Activity): Promise<void> {
    this.#activity = null;
    const now = this.clock().getTime();
    const claim = await this.store.claim({
      ...{ id: this.id, run: this.#run, digest: this.#digest, attempt, provider: provider.name },
      ...{ execution: { run: 'one', try: tries + 1 }, leaseMs: LEASE_MS },
      dedupesFor: provider.kind.dedupes ? DEDUPES_FOR_MS : 0,
    });
    if (claim.answer === 'no') {
      if (claim.view.version === version) await this.#settle(attempt, provider.name);
      return;
    }
    const indexes = claim.recipients.map((one) => one.index);
    const name = `${attempt}.${claim.try}`;
    this.model.claimed(name, claim.key, provider, indexes);
    const call: Call = this.calls.shift() ?? { is: 'accepted' };
    const { answer, late } = provider.call(call, claim.key, indexes, now);
    const write = async (receipt: Receipt): Promise<StoredView> => {
      this.model.answered(name, receipt);
      return await this.store.recordReceipt({
        ...{
          id: this.id,
          run: this.#run,
          attempt,
          try: claim.try,
          provider: provider.name,
          receipt,
          reports: [],
        },
      });
    };
    const again = async (mayRetry: boolean): Promise<void> => {
      if (mayRetry && tries + 1 < MOST_TRIES)
        this.#activity = { provider, attempt, tries: tries + 1, version };
      else await this.#settle(attempt, provider.name);
    };
    if (answer === null) {
      if (call.is === 'crash' && call.late) this.#late.push(() => write(late));
      await again(true);
      return;
    }
    await write(answer);
    if (answer.recipients.some((one) => outcomeFor(one) === 'not_sent_retry')) await again(!exhausts(answer));
  }

  /** A vendor reports only on what it took. */
  async #report(type: Extract<Step, { do: 'report' }>['type']): Promise<void> {
    const taken = this.vendors.flatMap(({ name, takes }) => takes.map(({ index }) => ({ name, index })));
    const one = taken[this.#reports % Math.max(1, taken.length)];
    if (one === undefined) return;
    this.#reports += 1;
    this.model.reported(one.index, type);
    await this.store.applyReports(one.name, [
      {
        ...{ reportId: randomUUID(), type, message: this.id, recipient: addressOf(this.#name, one.index) },
        ...(type === 'bounced' && { bounce: 'hard' as const }),
      },
    ]);
  }

  async lookUp({ misses, fails }: { misses: boolean; fails: boolean }): Promise<void> {
    const providers = this.vendors.map(({ name, kind }) => ({ name, asks: kind.lookup !== 'none' }));
    const page = await this.store.takeUnknown({ limit: 100, leaseMs: MINUTE, providers });
    for (const one of page.filter(({ id }) => id === this.id)) {
      const vendor = this.vendors.find(({ name }) => name === one.provider);
      if (vendor === undefined) throw new Error('taken of nobody');
      const isComplete = vendor.kind.lookup === 'complete';
      const indexes = one.recipients.map(({ index }) => index);
      const missed = misses && !isComplete;
      const found = fails
        ? 'failed'
        : missed
          ? 'nothing'
          : (vendor.find(indexes, one.at.getTime()) ?? 'nothing');
      const name = `${one.attempt}.${one.try}`;
      if (one.ask === 'now' && found !== 'failed') {
        const looks = (this.model.looks.get(name) ?? 0) + 1;
        this.model.looks.set(name, looks);
        if (typeof found === 'object') this.model.answered(name, found);
        else if (isComplete && looks === 3)
          for (const index of indexes)
            if (this.model.all[index]?.failedOver === false) this.model.resolved(index, 'not_sent', true);
      }
      await this.store.recordLook({ ...one, found, isComplete });
    }
  }

  async #resolve(as: 'sent' | 'not_sent' | 'abandoned'): Promise<void> {
    const view = await this.store.view(this.id);
    const unknown = (view?.recipients ?? [])
      .filter((one) => one.status === 'unknown')
      .map((one) => one.index);
    if (unknown.length === 0) return;
    const { items } = await this.store.unknown({ org: this.#org, mode: 'live', mailboxes: null, limit: 50 });
    for (const { tries } of items.filter((one) => one.id === this.id)) {
      const { result } = await this.store.resolveUnknown({
        id: this.id,
        as,
        unknown: tries,
        by: 'prn_person',
      });
      if (result === 'applied') for (const { index } of tries) this.model.resolved(index, as);
    }
  }
}

/** Nobody's from another run: those may be suppressed. */
const addressOf = (name: string, index: number): string => `r${index}-${name}@reader.example`;
