/**
 * @module What one workflow knows of its email: the newest view of the store, and how to wait for a
 * newer one. The store decides; this only follows. Sandbox-safe.
 */
import { condition, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Admission, Owner } from '../activities/interface.js';
import type { Outcome, View } from '../src/core/email/view.js';
import { describe } from './details.js';

const STATUS = defineSearchAttributeKey('MailwardenStatus', 'KEYWORD');

/** Milliseconds: where clocks differ, asking too early again and again must not become a busy loop. */
const SHORTEST_WAIT = 200;

export class Email {
  readonly owner: Owner;
  admission: Admission | null = null;
  #view: View | null = null;

  constructor() {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    this.owner = { id: workflowId, run: firstExecutionRunId ?? runId };
  }

  /** The newest view. Only after admission. */
  get view(): View {
    if (this.#view === null) throw new Error('not admitted yet');
    return this.#view;
  }

  /** False until admission, and for ever where another run owns this email. */
  get isOurs(): boolean {
    return this.#view !== null;
  }

  get outcome(): Outcome | null {
    if (this.admission?.owner === false) return this.admission.outcome;
    if (this.#view === null) return null;
    const { id, status, recipients } = this.#view;
    return { id, status, recipients };
  }

  admitted(admission: Admission): void {
    this.admission = admission;
    if (admission.owner) this.follow(admission.view);
  }

  /** Takes a view over unless a newer one is known already. */
  follow(view: View): void {
    const before = this.#view;
    if (before !== null && view.version < before.version) return;
    this.#view = view;
    if (before?.version === view.version) return;
    const admission = this.admission;
    if (admission?.owner !== true) return;
    setCurrentDetails(describe(view, admission.approval));
    if (admission.searchAttribute && before?.status !== view.status)
      upsertSearchAttributes([{ key: STATUS, value: view.status }]);
  }

  /** Waits for a newer view, at most until the time that this one names; false where time is up. */
  async changes(): Promise<boolean> {
    const { version, waitingFor } = this.view;
    const newer = (): boolean => this.view.version !== version;
    if (waitingFor?.until === undefined) {
      await condition(newer);
      return true;
    }
    // eslint-disable-next-line no-restricted-properties -- in a workflow the SDK replaces it by its own clock
    const wait = new Date(waitingFor.until).getTime() - Date.now();
    return await condition(newer, Math.max(wait, SHORTEST_WAIT));
  }
}
