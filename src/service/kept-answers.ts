/**
 * @module Calls that are not idempotent by nature, made so by an `Idempotency-Key`: the first answer is kept for a
 * day, sealed because it may hold a secret, and given again. The key is the calling API key's own: another key,
 * even of the same principal, may be allowed less and is told nothing. A call that fails is forgotten, so that it
 * can be mended; one whose process died may run again when its lease is over.
 */
import { canonical } from '../core/email/canonical.js';
import { Problem } from '../errors.js';
import { seal, SealError, unseal } from '../seal.js';
import type { Caller } from '../store/store.js';
import type { CallContext, ServiceDeps } from './deps.js';

const LEASE_MS = 60_000;
const KEEP_MS = 24 * 3_600_000;
/** Seconds: such a call is done, or failed, in less. */
const BUSY_RETRY = 1;

interface KeepableCall<Output> {
  operation: string;
  /** Parsed; `idempotencyKey` is not part of what is asked for. */
  input: Readonly<Record<string, unknown>>;
  run: () => Promise<Output>;
}

/** Runs the call, or answers as it was answered before. @throws Problem `idempotency_…`, and what the call throws. */
export async function keepingAnswer<Output>(
  deps: ServiceDeps,
  caller: Caller,
  { operation, input, run }: KeepableCall<Output>,
  context: CallContext,
): Promise<Output> {
  const { idempotencyKey: key, ...asked } = input;
  if (typeof key !== 'string') return await run();
  const { store, ring } = deps;
  const call = { org: caller.org, caller: caller.key, operation, key };
  const mine = { ...call, holder: deps.randomId() };
  const requestHash = deps.sha256(canonical(asked));
  const claimed = await store.claimAnswer({ ...mine, requestHash, leaseMs: LEASE_MS, keepMs: KEEP_MS });
  if (claimed.result === 'kept') {
    context.replayed = true;
    return (await opened(deps, claimed.answer)) as Output;
  }
  if (claimed.result !== 'mine') throw refused(claimed.result);
  let output: Output;
  try {
    output = await run();
  } catch (error) {
    await quietly(deps, () => store.dropAnswer(mine));
    throw error;
  }
  // It is done, so it is answered: where the answer can't be kept, only a repeated call would not find it.
  await quietly(deps, async () =>
    store.keepAnswer({ ...mine, answer: await seal(ring, 'kept-answer', output) }),
  );
  return output;
}

async function opened({ ring }: ServiceDeps, answer: string): Promise<unknown> {
  try {
    return await unseal(ring, 'kept-answer', answer);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Problem('idempotency_conflict', {
      detail:
        'this call was made before, and its answer was sealed with a key that this server no longer has; nothing was done again',
      field: 'Idempotency-Key',
    });
  }
}

function refused(result: 'busy' | 'differs'): Problem {
  if (result === 'busy')
    return new Problem('idempotency_in_progress', {
      detail:
        'the first call with this Idempotency-Key is not done yet; repeat the same call to get its answer',
      field: 'Idempotency-Key',
      retryAfter: BUSY_RETRY,
    });
  return new Problem('idempotency_conflict', {
    detail: 'this Idempotency-Key was used with another input; nothing was done: use another key',
    field: 'Idempotency-Key',
  });
}

async function quietly({ log }: ServiceDeps, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.warn({ err: error }, 'the answer to a call with an Idempotency-Key could not be settled');
  }
}
