/**
 * @module How much an address may have verified at once that sends webhooks which are not genuine. Who is genuine is
 * only known afterwards, and a provider's machines may stand behind the same address; so nobody is refused: beyond a
 * number of failures the webhooks of an address are verified one after the other, and the others go by them.
 */
import { networkOf } from './network.js';
import { Recent } from './recent.js';

/** Runs `verify`, at once or when the webhooks before it from the same address are done. */
export type HookLane = <T>(from: string | undefined, verify: () => Promise<T>) => Promise<T>;

interface HookLaneOptions {
  clock: () => Date;
  /** True of an error that says that the webhook is not genuine. */
  isForgery: (error: unknown) => boolean;
  /** Failures per window. */
  limit?: number;
  windowMs?: number;
  /** How many addresses are remembered. */
  most?: number;
}

interface Source {
  endsAt: number;
  failures: number;
  /** When the last one in its lane is done. */
  last: Promise<unknown>;
}

/** Without an address, as in the same process, nothing is counted. */
export function hookLane({
  clock,
  isForgery,
  limit = 20,
  windowMs = 60_000,
  most = 10_000,
}: HookLaneOptions): HookLane {
  const sources = new Recent<Source>(most);
  const sourceAt = (network: string): Source => {
    const found = sources.get(network);
    if (found !== undefined && found.endsAt > clock().getTime()) return found;
    // Who still waits in the lane is waited for in the next window, too.
    const last = found?.last ?? Promise.resolve();
    const fresh = { endsAt: clock().getTime() + windowMs, failures: 0, last };
    sources.set(network, fresh);
    return fresh;
  };
  return async (from, verify) => {
    if (from === undefined) return await verify();
    const network = networkOf(from);
    const source = sourceAt(network);
    const counted = async (): Promise<Awaited<ReturnType<typeof verify>>> => {
      try {
        return await verify();
      } catch (error) {
        if (isForgery(error)) sourceAt(network).failures += 1;
        throw error;
      }
    };
    if (source.failures < limit) return await counted();
    // The pause lets everybody else's requests go in between.
    const turn = source.last.then(() => new Promise((resolve) => setImmediate(resolve))).then(counted);
    source.last = turn.catch(() => undefined);
    return await turn;
  };
}
