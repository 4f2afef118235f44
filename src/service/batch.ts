/**
 * @module The verb `messages.batch`: many emails in one call, each sent as if alone, so that one that is wrong,
 * denied or in doubt says so for itself and holds up no other. To repeat the whole call is as safe as to repeat one.
 */
import { canonical } from '../core/email/canonical.js';
import type { EmailRequest } from '../core/email/request.js';
import { Problem } from '../errors.js';
import type { Caller, MailboxRow } from '../store/store.js';
import { mailboxFor } from './access.js';
import { DEADLINES, type CallContext, type ServiceDeps, type Verb } from './deps.js';
import { invalidInput } from './invalid.js';
import { problemOf } from './outage.js';
import { InvalidEmail, type BatchItem } from './schemas/batch.js';
import { sendFrom } from './send.js';

const AT_ONCE = 8;

/** An email of the batch that is a valid request. */
interface Item {
  index: number;
  request: EmailRequest;
  /** As it was written. */
  raw: Record<string, unknown>;
  key: string | undefined;
}

export const sendBatch: Verb<'messages.batch'> = async (deps, caller, input, raw, context) => {
  const mailbox = await mailboxFor(
    ...([deps, caller, input.mailbox, 'as in POST /v1/mailboxes/{mailbox}/messages/batch'] as const),
  );
  const { messages, idempotencyKey: key } = input;
  const keyOf = (index: number): string | undefined => key && `${key}:${index}`;
  const answers: BatchItem[] = [];
  const items: Item[] = [];
  const written = raw['messages'] as readonly Record<string, unknown>[];
  messages.forEach((request, index) => {
    if (request instanceof InvalidEmail) answers[index] = failed(index, invalidInput(request.error));
    else items.push({ index, request, raw: written[index] ?? {}, key: keyOf(index) });
  });

  const lanes = lanesOf(items);
  const isOver = overAfter(deps, context);
  const work = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift())
      for (const item of lane)
        answers[item.index] = isOver()
          ? failed(item.index, notTried())
          : await sendOne(deps, caller, mailbox, item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { items: answers };
};

/** What names the same email goes one after the other, so that the second is answered as the first was. */
function lanesOf(items: readonly Item[]): Item[][] {
  const lanes = new Map<string, Item[]>();
  for (const item of items) {
    const { request, key } = item;
    const name = request.dedupeKey ?? key;
    const lane = name === undefined ? `content ${canonical(request)}` : `key ${name}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), item]);
  }
  return [...lanes.values()];
}

async function sendOne(
  deps: ServiceDeps,
  caller: Caller,
  mailbox: MailboxRow,
  { index, request, raw, key }: Item,
): Promise<BatchItem> {
  const idempotencyKey = request.dedupeKey === undefined ? key : undefined;
  try {
    const answer = await sendFrom(deps, caller, mailbox, { ...request, idempotencyKey }, raw);
    return { index, ok: true, ...answer };
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status >= 500)
      deps.log.error({ code: problem.code, err: problem.cause ?? error }, 'an email of a batch failed');
    return failed(index, problem);
  }
}

/** A door has to answer before whoever asked gives up. */
function overAfter(deps: ServiceDeps, { signal }: CallContext): () => boolean {
  const { batch } = { ...DEADLINES, ...deps.deadlines };
  const end = deps.clock().getTime() + batch;
  return () => signal?.aborted === true || deps.clock().getTime() >= end;
}

const notTried = (): Problem =>
  new Problem('unavailable', {
    detail: 'not tried: the batch took too long; repeat the same call, what was sent is not sent again',
    retryAfter: 5,
  });

const failed = (index: number, problem: Problem): BatchItem => ({
  ...{ index, ok: false as const },
  problem: problem.toJSON() as Extract<BatchItem, { ok: false }>['problem'],
});
