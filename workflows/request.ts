/**
 * @module What an orchestrator hands over: the request with its mailbox, and until when to wait. Types only, sandbox-safe.
 */
import type { EmailRequestInput } from '../src/core/email/request.js';

/** A request in plain words, or sealed by `seal` of the package (then nothing of it can be read in Temporal). */
export type SendRequest =
  | (EmailRequestInput & {
      /** Id or address of the mailbox that sends; it must take direct starts. */
      mailbox: string;
      sealed?: never;
    })
  | ({ mailbox: string; sealed: string } & { [K in keyof EmailRequestInput]?: never });

export interface SendOptions {
  /**
   * When the call returns. `admitted`: policy has judged it, so it may be held or scheduled. `sent` (default): it was
   * handed to a provider, or will never be (denied, rejected, expired, canceled, failed, unknown). `final`: nothing
   * more is expected, which takes as long as the feedback window.
   */
  until?: 'admitted' | 'sent' | 'final';
  /** Id of the email and of its workflow; by default a new one that starts with `msg_`. */
  workflowId?: string;
  /** Where a Mailwarden worker polls; by default the plugin's `taskQueue`, else the queue of the calling workflow. */
  taskQueue?: string;
}

/** Second argument of a child: what to tell its parent of, once. */
export interface Tell {
  tell: 'admitted' | 'sent';
}
