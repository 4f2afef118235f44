/**
 * @module Delivery by one provider: claim, send, receipt. The claim is written before the wire and the
 * receipt after it, in transactions of their own, so that a crash in between leaves `unknown`, never a
 * second send.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, ApplicationFailure, heartbeat } from '@temporalio/activity';
import { exhausts, outcomeFor, type Receipt } from '../src/core/delivery/receipt.js';
import { nextProvider } from '../src/core/delivery/route.js';
import { withRefused } from '../src/core/delivery/triggers.js';
import { digestOf, recipientsOf } from '../src/core/email/revision.js';
import type { Delivery, Provider } from '../src/providers/provider.js';
import type { Claimed, StoredView } from '../src/store/store.js';
import type { Dependencies } from './dependencies.js';
import type { Deliver } from './interface.js';
import { patienceWith, plan, routeFor } from './plan.js';

type Go = Extract<Claimed, { answer: 'go' }>;

/** Time at the end of the lease that is kept for writing the receipt, as a share of the lease. */
const RECEIPT_SHARE = 0.25;

export function deliver(deps: Dependencies, provider: Provider): Deliver {
  const { store, monotonic } = deps;
  const { startToClose: leaseMs, heartbeat: silence } = patienceWith(deps, provider.name).timeouts;

  const attemptDelivery: Deliver = async ({ owner, digest, attempt }) => {
    const { workflowExecution, attempt: tryNumber } = activityInfo();
    // Measured from before the claim: whatever the claim takes only shortens the lease.
    const leaseEnds = monotonic() + leaseMs;
    // The monotonic clock stands still while a machine sleeps; the other may be set back. Either ends the lease.
    const lastAt = deps.clock().getTime() + leaseMs * (1 - RECEIPT_SHARE);
    const claim = await store.claim({
      ...owner,
      digest,
      attempt,
      provider: provider.name,
      execution: { run: workflowExecution?.runId ?? '', try: tryNumber },
      leaseMs,
      dedupesFor: provider.capabilities.dedupesFor,
      envelope: provider.capabilities.envelope,
    });
    if (claim.answer === 'no') return plan(deps, claim.view);

    const wireEnds = leaseEnds - leaseMs * RECEIPT_SHARE;
    const delivery = deliveryOf(
      owner.id,
      attempt,
      claim,
      () => monotonic() < wireEnds && deps.clock().getTime() < lastAt,
      wireEnds - monotonic(),
    );
    const { revision, blobs } = claim;
    const isWhole = revision.attachments.every((one) => blobs.has(one.sha256));
    const intact = isWhole && digestOf(revision, deps.sha256) === digest;
    const receipt = intact
      ? judgedElsewhere(deps, provider, { id: owner.id, claim }, await send(provider, delivery))
      : refused(claim);
    const known = provider.reportsOf?.(delivery) ?? [];
    const reports = receipt.recipients.some((one) => one.outcome === 'accepted') ? known : [];
    const view = await persist(
      () =>
        store.recordReceipt({ ...owner, attempt, try: claim.try, provider: provider.name, receipt, reports }),
      () => monotonic() < leaseEnds,
    );
    deps.log.info(
      { id: owner.id, provider: provider.name, attempt, status: view.status },
      'delivery attempt',
    );
    sayWhatTurned(deps, provider, view);
    retryWherePossible(receipt, provider.capabilities.envelope ? 0 : recipientsOf(revision).length);
    return plan(deps, view);
  };

  return async (input) => {
    const beat = setInterval(heartbeat, silence / 3);
    try {
      return await attemptDelivery(input);
    } finally {
      clearInterval(beat);
    }
  };
}

function deliveryOf(
  id: string,
  attempt: number,
  claim: Go,
  leaseHolds: () => boolean,
  msLeft: number,
): Delivery {
  return {
    id,
    revision: claim.revision,
    recipients: claim.recipients,
    blobs: claim.blobs,
    attempt: `${attempt}.${claim.try}`,
    key: claim.key,
    beforeWire: () => {
      if (!leaseHolds()) throw new Error('the lease of this claim is over');
    },
    signal: AbortSignal.timeout(Math.max(0, Math.floor(msLeft))),
  };
}

/**
 * A provider should neither throw nor hang; where one does, only what ended before the wire is certain:
 * `beforeWire` lets nothing out after the lease, so that whoever comes back late finds the way shut.
 */
async function send(provider: Provider, delivery: Delivery): Promise<Receipt> {
  let onWire = false;
  let isOver = false;
  const beforeWire = (): void => {
    // What was called not sent must not go after all: the signal may come an instant before the lease ends.
    if (isOver) throw new Error('this try is over');
    delivery.beforeWire();
    onWire = true;
  };
  const overdue = new Promise<never>((_, reject) => {
    delivery.signal.addEventListener('abort', () => {
      reject(new Error('the lease is over'));
    });
  });
  // A provider that throws at once leaves nobody who listens to it.
  overdue.catch(() => undefined);
  try {
    return await Promise.race([provider.send({ ...delivery, beforeWire }), overdue]);
  } catch {
    isOver = true;
    const outcome = onWire ? ('unknown' as const) : ('not_sent_retry' as const);
    return { recipients: delivery.recipients.map(({ index }) => ({ index, outcome, reason: 'transient' })) };
  }
}

/** What would leave is not what was judged, or not all of it: no provider may have it. */
const refused = (claim: Go): Receipt => ({
  recipients: claim.recipients.map(({ index }) => ({
    index,
    outcome: 'not_sent_permanent',
    reason: 'content',
  })),
});

/** Content that this provider does not want, where the route says that another may judge it, and there is one. */
function judgedElsewhere(
  deps: Dependencies,
  { name }: Provider,
  { id, claim }: { id: string; claim: Go },
  receipt: Receipt,
): Receipt {
  const { delivery, revision } = claim;
  const { route, triggers } = routeFor(deps, delivery);
  const refusals = receipt.recipients.filter((one) => one.reason === 'content').length;
  if (refusals === 0 || !triggers.includes('refused')) return receipt;
  const subset = refusals < recipientsOf(revision).length;
  const other = nextProvider(route, id, [...delivery.tried, name], subset);
  return other === undefined ? receipt : withRefused(receipt);
}

/** A provider that fails again and again is for a person to look into. */
function sayWhatTurned({ log }: Dependencies, { name: provider }: Provider, { delivery }: StoredView): void {
  const { breaker, mailbox } = delivery;
  if (breaker === 'opened')
    log.error(
      { provider, mailbox: mailbox.id },
      'a provider fails: it gets no mail of this sender but probes',
    );
  else if (breaker === 'closed') log.info({ provider, mailbox: mailbox.id }, 'a provider answers again');
}

/**
 * The mail is out: its receipt is worth every try that the lease allows, even where Temporal has canceled
 * the activity meanwhile (so this sleeps on Node's clock); what can't be written becomes `unknown`.
 */
async function persist(write: () => Promise<StoredView>, leaseHolds: () => boolean): Promise<StoredView> {
  for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await write();
    } catch (error) {
      if (!leaseHolds()) throw error;
      await sleep(wait);
    }
  }
}

/**
 * Leaves the retry to Temporal's policy; what this provider will never take goes to the next one. `whole`: how many
 * recipients there must be for this provider to send at all.
 */
function retryWherePossible(receipt: Receipt, whole: number): void {
  const again = receipt.recipients.filter((one) => outcomeFor(one) === 'not_sent_retry');
  const [first] = again;
  if (first === undefined) return;
  throw ApplicationFailure.create({
    type: 'not_sent',
    message: `not sent to ${again.length} recipient(s): ${first.reason ?? 'transient'}${first.smtpStatus ? ` ${first.smtpStatus}` : ''}`,
    nonRetryable: exhausts(receipt) || again.length < whole,
    ...(receipt.retryAfter !== undefined && { nextRetryDelay: receipt.retryAfter }),
  });
}
