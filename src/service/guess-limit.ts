/**
 * @module How often an address may give a key that is not good. Keys can't be guessed; this keeps whoever tries from
 * keeping the store busy. A key that was good from there a moment ago is served all the same, so that nobody is
 * locked out by a neighbour behind the same proxy.
 */
import { Problem } from '../errors.js';
import { networkOf } from './network.js';
import { Recent } from './recent.js';

export interface GuessLimit {
  /** @throws Problem `rate_limited` where the address has guessed too often, unless it is known to have this key. */
  check(from: string | undefined, hash: string): void;
  /** Counted when it is known, not before: of many calls at once with one new key, none must be refused. */
  failed(from: string | undefined, hash: string): void;
  good(from: string | undefined, hash: string): void;
}

export interface GuessLimitOptions {
  clock: () => Date;
  /** Failures per window. */
  limit?: number;
  windowMs?: number;
  /** How long a key that was good is known. */
  knownMs?: number;
  /** How many addresses, and how many keys, are remembered. */
  most?: number;
}

interface Window {
  endsAt: number;
  failures: number;
}

/** Without an address, as in the same process, nothing is counted. */
export function guessLimit({
  clock,
  limit = 20,
  windowMs = 60_000,
  knownMs = 600_000,
  most = 10_000,
}: GuessLimitOptions): GuessLimit {
  const windows = new Recent<Window>(most);
  const known = new Recent<number>(most);
  const now = (): number => clock().getTime();
  const current = (network: string): Window | undefined => {
    const window = windows.get(network);
    return window !== undefined && window.endsAt > now() ? window : undefined;
  };
  return {
    check(from, hash) {
      if (from === undefined) return;
      const network = networkOf(from);
      const window = current(network);
      if (window === undefined || window.failures < limit) return;
      if ((known.get(`${network} ${hash}`) ?? 0) > now()) return;
      throw new Problem('rate_limited', {
        detail: 'too many API keys from this address were not good; check your key, and wait',
        retryAfter: Math.ceil((window.endsAt - now()) / 1_000),
      });
    },
    failed(from, hash) {
      if (from === undefined) return;
      const network = networkOf(from);
      known.delete(`${network} ${hash}`);
      const window = current(network) ?? { endsAt: now() + windowMs, failures: 0 };
      windows.set(network, { ...window, failures: window.failures + 1 });
    },
    good(from, hash) {
      if (from !== undefined) known.set(`${networkOf(from)} ${hash}`, now() + knownMs);
    },
  };
}
