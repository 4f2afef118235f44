/**
 * @module When the sweep looks at a message next, and when its workflow is late. Pure. Every write of a
 * message sets the time, so that what goes its way is never looked at: a send is over before it comes, and
 * what was sent comes up once, after its feedback window.
 */
import type { RecipientStatus } from '../core/email/state.js';
import type { StoreSettings } from './settings.js';
import type { Rows } from './tables.js';

type Message = Pick<Rows['messages'], 'status' | 'wait_until' | 'closed_at' | 'last_wire_at' | 'updated_at'>;
interface Looked {
  message: Message;
  recipients: readonly { status: RecipientStatus }[];
}
type Settings = Pick<StoreSettings, 'feedbackWindowMs' | 'quietForMs'>;

/** An unknown outcome is for a person to resolve, so it waits even where no report is waited for. */
const UNKNOWN_WINDOW = 24 * 3_600_000;
/** However long nothing happened, it is looked at this often. */
const SELDOM = 3_600_000;

/** Until when reports are waited for, where only they are. */
export function feedbackEnd(
  { message, recipients }: Looked,
  { feedbackWindowMs }: Pick<Settings, 'feedbackWindowMs'>,
): Date {
  const from = (message.last_wire_at ?? message.updated_at).getTime();
  const unknown = recipients.some((one) => one.status === 'unknown');
  return new Date(from + (unknown && feedbackWindowMs === 0 ? UNKNOWN_WINDOW : feedbackWindowMs));
}

/** After a write; null where it is over. */
export function nextLook(looked: Looked, settings: Settings, now: Date): Date | null {
  if (looked.message.closed_at !== null) return null;
  const isPending = looked.message.wait_until !== null;
  const from = onlyListens(looked) && !isPending ? feedbackEnd(looked, settings).getTime() : 0;
  return new Date(Math.max(from, now.getTime()) + settings.quietForMs);
}

/** After a look that changed nothing: each wait is as long as all before it, up to an hour. */
export function lookAgain(looked: Looked, settings: Settings, now: Date): Date {
  const quiet = now.getTime() - looked.message.updated_at.getTime();
  const next = now.getTime() + Math.max(settings.quietForMs, Math.min(quiet, SELDOM));
  const due = dueAt(looked, settings)?.getTime() ?? 0;
  return new Date(due > now.getTime() ? Math.min(next, due + settings.quietForMs) : next);
}

/** True where its workflow ought to have moved it by now. */
export function isLate(looked: Looked, settings: Settings, now: Date): boolean {
  const due = dueAt(looked, settings);
  return due !== null && due.getTime() + settings.quietForMs <= now.getTime();
}

/** Null while an attempt is under way, whose end is the activity's. */
function dueAt(looked: Looked, settings: Settings): Date | null {
  const { message, recipients } = looked;
  // Who only listens waits for nothing, but for a repetition of what is unknown.
  if (onlyListens(looked)) return message.wait_until ?? feedbackEnd(looked, settings);
  if (recipients.some((one) => one.status === 'claimed')) return null;
  return message.wait_until ?? message.updated_at;
}

/** Nobody is left to send to, and no attempt is under way. */
const onlyListens = ({ recipients }: Looked): boolean =>
  recipients.length > 0 && recipients.every((one) => !UNDER_WAY.has(one.status));

const UNDER_WAY: ReadonlySet<RecipientStatus> = new Set(['ready', 'soft_bounced', 'claimed']);
