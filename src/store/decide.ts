/**
 * @module The one compare-and-set through which every decision goes, a person's and the deadline's. The
 * message's row is the lock, the first decision wins, and each one, applied or ignored, is in the audit.
 */
import { isCancelable } from '../core/email/state.js';
import { reviewReasons } from '../core/policy/evaluate.js';
import type { Verdict } from '../core/policy/verdict.js';
import { endedUnsent, lockEmail, placeOf, saveEmail, wait, type Email } from './email.js';
import { cleaned, fromJson, toJson, type Json } from './json.js';
import { isOwnDecision } from './own-decision.js';
import { nextTime } from './placement.js';
import type { Decided, Decision, DecisionAction } from './store.js';
import type { Rows } from './tables.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

export interface DecisionsTable {
  org: string;
  message: string;
  number: number;
  revision: number;
  action: DecisionAction;
  by: string;
  via: string;
  digest: string;
  comment: string | null;
  accepted: Json;
  at: Date;
}

export async function decide(work: Work, decision: Decision): Promise<Decided> {
  const { settings, now, note } = work;
  const { action, by, via } = decision;
  const email = await lockEmail(work, decision.id);
  const { message } = email;
  const made = await decisionsOf(work, message);
  const result = await resultOf(work, email, decision, made);
  if (result === 'applied') {
    write(work, message, decision, made.length + 1);
    apply(email, action, now);
    await saveEmail(work, email);
    note({
      ...{ ...placeOf(message), type: `message.${EVENTS[action]}`, by },
      data: { revision: message.revision, digest: message.digest, via, status: message.status },
    });
  } else if (action !== 'expire' || result !== 'not_held')
    // A deadline that was asked too early decided nothing: its workflow asks again.
    note({
      ...{ org: message.org, message: message.id, type: 'decision.ignored', by },
      data: { action, via, result, revision: message.revision },
    });
  return { result, view: viewOf(email, settings, now) };
}

const EVENTS = { approve: 'approved', reject: 'rejected', cancel: 'canceled', expire: 'expired' } as const;

async function resultOf(
  work: Work,
  { message, recipients }: Email,
  decision: Decision,
  made: readonly Rows['decisions'][],
): Promise<Decided['result']> {
  const { now } = work;
  const states = recipients.map((one) => one.status);
  const cancelable = message.closed_at === null && isCancelable(message.status, states);
  if (decision.action === 'cancel') return cancelable ? 'applied' : 'too_late';

  const over = passed(message.expires_at, now);
  if (decision.action === 'expire' && over && cancelable) return 'applied';
  if (message.status !== 'held') return notHeld(message, made);
  const deadline = passed(message.wait_until, now);
  if (decision.action === 'expire') return deadline ? 'applied' : 'not_held';

  if (!namesRevision(decision, message)) return 'digest_mismatch';
  if (await isOwnDecision(work, message, decision)) return 'own_decision';
  // The deadline may only not have been processed yet; no late answer turns into a yes.
  return decision.action === 'approve' && (deadline || over) ? 'too_late' : 'applied';
}

function notHeld(message: Rows['messages'], made: readonly Rows['decisions'][]): Decided['result'] {
  if (made.some((one) => one.revision === message.revision)) return 'already_decided';
  const started = message.attempt_last > 0 || message.closed_at !== null || endedUnsent(message.status);
  return started ? 'too_late' : 'not_held';
}

/** A decision is on one digest. A signal typed by hand may leave it out while there was only one. */
function namesRevision({ digest, via }: Decision, message: Rows['messages']): boolean {
  return digest === undefined ? via === 'signal' && message.revision === 1 : digest === message.digest;
}

const passed = (at: Date | null, now: Date): boolean => at !== null && at <= now;

function apply({ message }: Email, action: Decision['action'], now: Date): void {
  if (action !== 'approve') {
    message.status = EVENTS[action];
    return;
  }
  // Undo is for mail that nobody looked at.
  const time = nextTime({ now, sendAt: message.send_at, undoUntil: null });
  message.status = time === null ? 'queued' : 'scheduled';
  wait(message, time?.reason ?? null, time?.until ?? null);
  message.due_since = time?.until ?? now;
}

async function decisionsOf({ trx }: Work, { org, id }: Rows['messages']): Promise<Rows['decisions'][]> {
  return await trx
    .selectFrom('decisions')
    .selectAll()
    .where('org', '=', org)
    .where('message', '=', id)
    .orderBy('number')
    .execute();
}

function write(
  { trx, now, later }: Work,
  message: Rows['messages'],
  { action, by, via, comment }: Decision,
  number: number,
): void {
  const { org, id, revision, digest } = message;
  const accepted = action === 'approve' ? reviewReasons(fromJson<Verdict>(message.verdict)) : [];
  later(
    `decision ${id} ${number}`,
    trx.insertInto('decisions').values({
      ...{ org, message: id, number, revision, action, by: cleaned(by), via, digest },
      ...{ comment: comment === undefined ? null : cleaned(comment), accepted: toJson(accepted), at: now },
    }),
  );
}
