/**
 * @module One round of looking into what nobody knows: takes the tries that are due, asks their providers where those
 * can be asked, writes down what they said, wakes the workflows of those that it settled, and tells people of those
 * that stay unknown for long. Any number of processes share the work; it sends nothing by itself.
 */
import type { Logger } from 'pino';
import type { Provider } from './providers/provider.js';
import type { TemporalDeps } from './service/temporal.js';
import { wake } from './service/wake.js';
import type { Look, Store, TakenUnknown, UnknownAlert } from './store/store.js';

export interface ReconcileDeps extends TemporalDeps {
  store: Pick<Store, 'takeUnknown' | 'recordLook' | 'lookSoon'>;
  providers: ReadonlyMap<string, Provider>;
  /** Milliseconds for one lookup. Default 10,000. */
  patience?: number;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** What a round did, by count. */
export interface Reconciled {
  looked: number;
  settled: number;
  /** Lookups without an answer: they are made again. */
  failed: number;
  alerts: number;
}

const PAGE = 40;
const MOST_PAGES = 25;
const PARALLEL = 8;
const PATIENCE_MS = 10_000;
/** Of lookups of a page, one after the other, and for writing down what they came to. */
const LEASE_SHARES = PAGE / PARALLEL + 2;
/** Ids in one line of the log. */
const MOST_NAMED = 10;

type Overdue = TakenUnknown & { alert: UnknownAlert };

/** Throws where the store does not answer; what was taken and not written down is taken again after its lease. */
export async function reconcile(deps: ReconcileDeps, stopping = (): boolean => false): Promise<Reconciled> {
  const { store, patience = PATIENCE_MS } = deps;
  const done: Reconciled = { looked: 0, settled: 0, failed: 0, alerts: 0 };
  const providers = [...deps.providers.values()].map((one) => ({
    name: one.name,
    asks: one.lookup !== undefined && one.capabilities.lookup !== 'none',
  }));
  const overdue: Overdue[] = [];
  for (let pages = 0; pages < MOST_PAGES && !stopping(); pages++) {
    const page = await store.takeUnknown({ limit: PAGE, leaseMs: patience * LEASE_SHARES, providers });
    const rest = [...page];
    const errors: unknown[] = [];
    const work = async (): Promise<void> => {
      for (let one = rest.shift(); one !== undefined && !stopping(); one = rest.shift())
        try {
          const alert = await look(deps, one, done);
          if (alert !== null) overdue.push({ ...one, alert });
        } catch (error) {
          errors.push(error);
        }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    if (errors.length > 0) {
      tell(deps, overdue);
      throw errors[0];
    }
    if (page.length < PAGE) break;
  }
  done.alerts = overdue.length;
  tell(deps, overdue);
  return done;
}

/** Asks, and writes down; answers what people have to be told. */
async function look(deps: ReconcileDeps, one: TakenUnknown, done: Reconciled): Promise<UnknownAlert | null> {
  const { id, attempt, try: number, provider: name, ask, lease } = one;
  const provider = deps.providers.get(name);
  const found = ask === 'now' && provider !== undefined ? await seek(deps, provider, one) : 'nothing';
  if (ask === 'now') done.looked += 1;
  if (found === 'failed') done.failed += 1;
  const isComplete = provider?.capabilities.lookup === 'complete';
  const written = { id, attempt, try: number, provider: name, ask, lease, found, isComplete };
  const { result, alert } = await deps.store.recordLook(written);
  if (result !== 'settled') return alert;
  done.settled += 1;
  deps.log.info({ id, provider: name, attempt }, 'a lookup settled what became of an email');
  // A wake-up that is lost costs time only: the sweep repeats it.
  if ((await wake(deps, id)) === 'asleep') await deps.store.lookSoon([id]);
  return alert;
}

/** A provider that hangs or throws has not answered. */
async function seek(
  { patience = PATIENCE_MS, log }: ReconcileDeps,
  provider: Provider,
  { id, messageId, recipients, at }: TakenUnknown,
): Promise<Look['found']> {
  const signal = AbortSignal.timeout(patience);
  const overdue = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('the lookup takes too long'));
    });
  });
  // A lookup that throws at once leaves nobody who listens to it.
  overdue.catch(() => undefined);
  try {
    const sought = { id, messageId, recipients, at, signal };
    return (await Promise.race([provider.lookup?.(sought) ?? null, overdue])) ?? 'nothing';
  } catch {
    // Its words may quote an address.
    log.warn({ id, provider: provider.name }, 'a lookup failed; it is made again');
    return 'failed';
  }
}

/** One line for each provider and kind, however many they are. */
function tell({ log }: ReconcileDeps, overdue: readonly Overdue[]): void {
  const live = overdue.filter((one) => one.mode === 'live');
  for (const key of new Set(live.map((one) => `${one.provider} ${one.alert}`))) {
    const those = live.filter((one) => `${one.provider} ${one.alert}` === key);
    const [{ provider, alert } = {}] = those;
    const ids = [...new Set(those.map((one) => one.id))];
    log.error(
      { provider, alert, count: ids.length, ids: ids.slice(0, MOST_NAMED) },
      alert === 'deadline'
        ? 'nobody knows whether these emails were sent, and nobody looks any more: resolve them (`mailwarden unknown list`)'
        : 'nobody knows whether these emails were sent, for too long: look at the provider, then resolve them (`mailwarden unknown list`)',
    );
  }
}
