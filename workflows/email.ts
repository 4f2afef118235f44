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
const SHORTEST_WAIT = 100;
const LONGEST_WAIT = 60_000;

export class Email {
  readonly owner: Owner;
  admission: Admission | null = null;
  /** Resolves with the admission. A plain promise, because a canceled scope would reject a condition. */
  readonly whenAdmitted: Promise<void>;
  #admit: () => void = () => undefined;
  #view: View | null = null;
  #shortest = SHORTEST_WAIT;

  constructor() {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    this.whenAdmitted = new Promise((resolve) => (this.#admit = resolve));
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
    this.#admit();
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

  /**
   * Waits for a newer view, at most until the time that this one names (`due`), or for `patience`
   * milliseconds where that is sooner (`patient`).
   */
  async changes(patience = Infinity): Promise<'changed' | 'due' | 'patient'> {
    const { version, waitingFor } = this.view;
    const newer = (): boolean => this.view.version !== version;
    const wait = Math.min(this.#until(waitingFor?.until), patience);
    const changed =
      wait === Infinity ? await condition(newer).then(() => true) : await condition(newer, wait);
    return changed ? 'changed' : wait === patience ? 'patient' : 'due';
  }

  /** Milliseconds until then; longer each time in a row that the store says it is not yet so. */
  #until(instant: string | undefined): number {
    if (instant === undefined) return Infinity;
    // eslint-disable-next-line no-restricted-properties -- in a workflow the SDK replaces it by its own clock
    const wait = new Date(instant).getTime() - Date.now();
    this.#shortest = wait > this.#shortest ? SHORTEST_WAIT : Math.min(this.#shortest * 2, LONGEST_WAIT);
    return Math.max(wait, this.#shortest);
  }
}
