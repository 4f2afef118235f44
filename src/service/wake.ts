/**
 * @module Waking a workflow, so that it looks at the store: by update, which leaves least in its history, else
 * by signal. It has no effect of its own, so that once too often is no harm.
 */
import { deliveryReportSignal, deliveryReportUpdate } from '../../workflows/messages.js';
import { failureOf, withDeadline, type TemporalDeps } from './temporal.js';

/** `over`: it has ended. `asleep`: nobody could tell it, and it may go on. */
export async function wake(deps: TemporalDeps, id: string): Promise<'woken' | 'over' | 'asleep'> {
  const handle = deps.temporal.client.workflow.getHandle(id);
  try {
    await withDeadline(deps, 'wake', () => handle.executeUpdate(deliveryReportUpdate));
    return 'woken';
  } catch {
    try {
      await withDeadline(deps, 'wake', () => handle.signal(deliveryReportSignal));
      return 'woken';
    } catch (error) {
      return failureOf(error) === 'closed' ? 'over' : 'asleep';
    }
  }
}
