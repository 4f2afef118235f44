/**
 * @module The verbs on webhook endpoints. A key sees those that are for its mailboxes and no others: one that is for
 * every mailbox shows more than a key that is bound to some.
 */
import { randomBytes } from 'node:crypto';
import type { EventType } from '../core/events.js';
import { Problem } from '../errors.js';
import { urlProblem } from '../outside-address.js';
import { seal } from '../seal.js';
import type { Caller, DeliveryRow, OneWebhook, WebhookRow } from '../store/store.js';
import { visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { scopeOf, startOf } from './events.js';
import { changedSince, versionOf } from './if-match.js';
import type { OutputOf } from './operations.js';

/** Of one organisation and mode: what is published at once is written down for each of them at once. */
const MOST_WEBHOOKS = 20;

export const createWebhook: Verb<'webhooks.create'> = async (deps, caller, asked) => {
  const { org, mode, principal: by } = caller;
  requireUrl(deps, asked.url);
  const mailboxes = await mailboxesFor(deps, caller, asked.mailboxes);
  const { url, types, description = null } = asked;
  const { secret, sealed } = await newSecret(deps);
  const wanted = { org, mode, url, types, mailboxes, description, secret: sealed, by };
  const made = await deps.store.createWebhook(wanted, MOST_WEBHOOKS);
  if (made !== 'too_many') return { ...shown(made), secret };
  throw new Problem('conflict', {
    detail: `there are ${MOST_WEBHOOKS} endpoints already; delete one, or let one take the events of several`,
  });
};

export const listWebhooks: Verb<'webhooks.list'> = async ({ store }, caller, page) => {
  const { items, cursor } = await store.webhooks({ ...scopeOf(caller), ...page });
  return { items: items.map(shown), cursor };
};

export const getWebhook: Verb<'webhooks.get'> = async (deps, caller, { id }) =>
  shown(await visibleWebhook(deps, caller, id));

export const updateWebhook: Verb<'webhooks.update'> = async (deps, caller, asked) => {
  const { id, ifMatch, mailboxes, ...change } = asked;
  if (change.url !== undefined) requireUrl(deps, change.url);
  const one = ownedBy(caller, id);
  const bound = mailboxes === undefined ? undefined : await mailboxesFor(deps, caller, mailboxes);
  const updated = await deps.store.updateWebhook({
    ...{ ...one, version: versionOf(ifMatch), by: caller.principal },
    change: { ...change, ...(bound !== undefined && { mailboxes: bound }) },
  });
  if (updated === null) throw notFound();
  if (updated === 'stale') throw changedSince('endpoint');
  return shown(updated);
};

export const deleteWebhook: Verb<'webhooks.delete'> = async ({ store }, caller, { id }) => {
  if (await store.deleteWebhook({ ...ownedBy(caller, id), by: caller.principal }))
    return { id, deleted: true };
  throw notFound();
};

export const rotateWebhook: Verb<'webhooks.rotate'> = async (deps, caller, { id, overlap }) => {
  const { secret, sealed } = await newSecret(deps);
  const previousUntil = new Date(deps.clock().getTime() + overlap * 1_000).toISOString();
  const rotated = await deps.store.rotateWebhook({
    ...{ ...ownedBy(caller, id), secret: sealed, previousUntil, by: caller.principal },
  });
  if (rotated === null) throw notFound();
  return { ...shown(rotated), secret };
};

export const pingWebhook: Verb<'webhooks.ping'> = async (deps, caller, { id }) => {
  await activeWebhook(deps, caller, id);
  const delivery = await deps.store.pingWebhook(ownedBy(caller, id));
  if (delivery === null) throw notFound();
  return { delivery: shownDelivery(delivery) };
};

export const listDeliveries: Verb<'webhooks.deliveries'> = async (deps, caller, { id, ...filter }) => {
  await visibleWebhook(deps, caller, id);
  const { items, cursor } = await deps.store.deliveries({ ...ownedBy(caller, id), ...filter });
  return { items: items.map(shownDelivery), cursor };
};

export const redeliver: Verb<'webhooks.redeliver'> = async (deps, caller, { id, delivery }) => {
  await activeWebhook(deps, caller, id);
  const again = await deps.store.redeliver({ ...ownedBy(caller, id), delivery });
  if (again !== null) return shownDelivery(again);
  throw new Problem('not_found', { detail: 'the endpoint has no such delivery', field: 'delivery' });
};

/** Events of one call, and of one transaction of it. */
const REPLAY = { call: 10_000, transaction: 1_000 };

export const replay: Verb<'webhooks.replay'> = async (deps, caller, { id, since, until, types = [] }) => {
  await activeWebhook(deps, caller, id);
  const one = ownedBy(caller, id);
  let after = await startOf(deps, scopeOf(caller), since);
  let enqueued = 0;
  for (let looked = 0; looked < REPLAY.call; looked += REPLAY.transaction) {
    const page = await deps.store.replayTo({ ...one, after, until, types, limit: REPLAY.transaction });
    enqueued += page.enqueued;
    if (page.next === null) return { enqueued, more: false, since: null };
    after = page.next.position;
    if (looked + REPLAY.transaction >= REPLAY.call) return { enqueued, more: true, since: page.next.event };
  }
  return { enqueued, more: false, since: null };
};

const ownedBy = (caller: Caller, id: string): OneWebhook => ({ ...scopeOf(caller), id });

async function visibleWebhook({ store }: ServiceDeps, caller: Caller, id: string): Promise<WebhookRow> {
  const found = await store.webhook(ownedBy(caller, id));
  if (found === null) throw notFound();
  return found;
}

async function activeWebhook(deps: ServiceDeps, caller: Caller, id: string): Promise<void> {
  const { status } = await visibleWebhook(deps, caller, id);
  if (status === 'active') return;
  throw new Problem('conflict', {
    detail: `the endpoint is ${status}, so nothing is sent to it; set its status to active first`,
  });
}

const notFound = (): Problem =>
  new Problem('not_found', { detail: 'there is no such endpoint, or the key may not see it', field: 'id' });

function requireUrl({ allowPrivateWebhooks = false }: ServiceDeps, url: string): void {
  const problem = urlProblem(url, allowPrivateWebhooks);
  if (problem === null) return;
  throw new Problem('invalid_request', {
    ...{ detail: `url: ${problem}`, field: 'url', errors: [{ field: 'url', message: problem }] },
  });
}

/** Ids; null is every mailbox of the org, which only a key that has them all can give. */
async function mailboxesFor(
  deps: ServiceDeps,
  caller: Caller,
  names: readonly string[] | null | undefined,
): Promise<string[] | null> {
  if (names === undefined || names === null) {
    if (names === undefined || caller.mailboxes === null) return caller.mailboxes;
    throw new Problem('scope_missing', {
      detail: 'your key is bound to mailboxes: name some of them, or leave mailboxes out for all of yours',
      field: 'mailboxes',
    });
  }
  const ids = await Promise.all(names.map(async (name) => (await visibleMailbox(deps, caller, name)).id));
  return [...new Set(ids)];
}

/** 32 random bytes, as standardwebhooks.com writes them; the database has them under seal only. */
async function newSecret({ ring }: ServiceDeps): Promise<{ secret: string; sealed: string }> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  return { secret, sealed: await seal(ring, 'webhook-secret', secret) };
}

const shown = ({ org: _org, types, ...row }: WebhookRow): OutputOf<'webhooks.get'> => ({
  ...row,
  types: types as EventType[],
});

const shownDelivery = ({ type, ...row }: DeliveryRow): OutputOf<'webhooks.redeliver'> => ({
  ...row,
  type: type as EventType | 'webhook.ping',
});
