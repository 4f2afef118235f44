/**
 * @module One try at one delivery: the event as the API shows it, signed as standardwebhooks.com says, posted, and
 * what became of it recorded. At least once: where this process dies after the POST and before the record, or its
 * record is lost, the same event goes again under the same id.
 */
import type { Logger } from 'pino';
import { Webhook } from 'standardwebhooks';
import { PostFailed, type Post, type Reply } from './dispatch-post.js';
import { nextTry } from './dispatch-schedule.js';
import { unseal, type KeyRing } from './seal.js';
import { shownEvent } from './service/events.js';
import type { DeliveryOutcome, Store, TakenDelivery } from './store/store.js';

export interface DispatchDeps {
  store: Pick<Store, 'takeDeliveries' | 'recordDelivery' | 'event'>;
  ring: KeyRing;
  clock: () => Date;
  /** From 0 up to 1. */
  random: () => number;
  /** Of this package. */
  version: string;
  /** @throws PostFailed */
  post: (post: Post) => Promise<Reply>;
  log: Pick<Logger, 'warn' | 'error'>;
}

/** Never throws: what is not recorded is tried again when its lease is over. */
export async function deliver(deps: DispatchDeps, taken: TakenDelivery, signal: AbortSignal): Promise<void> {
  try {
    const result = await tryOnce(deps, taken, signal);
    // Stopped in the middle, nobody knows how it would have ended.
    if (signal.aborted && result.status === undefined) return;
    await deps.store.recordDelivery(outcomeOf(deps, taken, result));
  } catch (error) {
    const { id, webhook } = taken;
    deps.log.warn(
      { err: error, delivery: id, webhook },
      'a delivery could not be recorded; it is tried again',
    );
  }
}

/** `status`: what the endpoint answered; else `error`, a code. */
interface Result {
  status?: number;
  error?: string;
  retryAfter?: string | undefined;
}

const EVENT_GONE = 'event_gone';

async function tryOnce(deps: DispatchDeps, taken: TakenDelivery, signal: AbortSignal): Promise<Result> {
  const body = await bodyOf(deps, taken);
  // Deleted by age before it could be delivered.
  if (body === null) return { error: EVENT_GONE };
  const secrets = await openSecrets(deps, taken);
  if (secrets === null) return { error: 'secret_unreadable' };
  const headers = headersOf(deps, taken, body, secrets);
  try {
    return await deps.post({ url: taken.url, headers, body, signal });
  } catch (error) {
    if (error instanceof PostFailed) return { error: error.code };
    throw error;
  }
}

/** The bytes that `GET /v1/events/{id}` answers; a ping is in no log, and says only what it is. */
async function bodyOf(
  { store }: DispatchDeps,
  { org, mode, mailboxes, event, type, createdAt }: TakenDelivery,
): Promise<string | null> {
  if (type === 'webhook.ping') return JSON.stringify({ id: event, type, createdAt, mode, data: {} });
  const found = await store.event({ org, mode, mailboxes }, event);
  return found === null ? null : JSON.stringify(shownEvent(found));
}

async function openSecrets(
  { ring, log }: DispatchDeps,
  { webhook, secrets }: TakenDelivery,
): Promise<string[] | null> {
  try {
    const [current = '', ...before] = secrets;
    const open = async (one: string): Promise<string> =>
      (await unseal(ring, 'webhook-secret', one)) as string;
    // One from before only helps whoever has not changed yet: without it, those who have are told all the same.
    const old = await Promise.allSettled(before.map(open));
    return [await open(current), ...old.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))];
  } catch (error) {
    log.error(
      { err: error, webhook },
      'the secret of a webhook cannot be opened: has a seal key been taken away?',
    );
    return null;
  }
}

function headersOf(
  { clock, version }: DispatchDeps,
  { event }: TakenDelivery,
  body: string,
  secrets: readonly string[],
): Record<string, string> {
  const at = clock();
  return {
    'Content-Type': 'application/json',
    'User-Agent': `mailwarden/${version}`,
    'webhook-id': event,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((one) => new Webhook(one).sign(event, at, body)).join(' '),
  };
}

function outcomeOf(
  { clock, random }: DispatchDeps,
  { id, leaseUntil, tries }: TakenDelivery,
  { status, error, retryAfter }: Result,
): DeliveryOutcome {
  const known = { id, leaseUntil, tries, status, error };
  if (status !== undefined && status >= 200 && status < 300) return { ...known, then: { is: 'delivered' } };
  if (status === 410) return { ...known, then: { is: 'dead' }, gone: true };
  if (error === EVENT_GONE) return { ...known, then: { is: 'dead' }, blameless: true };
  const at = nextTry({ tries, now: clock(), random: random(), retryAfter });
  return { ...known, then: at === null ? { is: 'dead' } : { is: 'retry', at: at.toISOString() } };
}
