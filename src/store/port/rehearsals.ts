/** @module The store's port for judgements of which nothing comes: emails as they would be, and as they were. */
import type { Category, EmailContent, Untrusted } from '../../core/email/request.js';
import type { Mode } from '../../core/email/id.js';
import type { AttachmentRef, Recipient } from '../../core/email/revision.js';
import type { MessageStatus } from '../../core/email/state.js';
import type { Policy } from '../../core/policy/schema.js';
import type { Verdict } from '../../core/policy/verdict.js';

/** As much of an admission as is judged. */
export interface RehearsedEmail {
  content: EmailContent;
  category: Category;
  attachments: AttachmentRef[];
  sendAt?: string | undefined;
  expiresAt?: string | undefined;
  reason?: string | undefined;
  untrusted?: Untrusted | undefined;
}

export interface Simulation {
  org: string;
  mode: Mode;
  /** Mailbox id. */
  mailbox: string;
  principal: string;
  key: string | null;
  /** In the place of the one that holds. */
  policy?: Policy | undefined;
  emails: readonly RehearsedEmail[];
}

export interface Simulated {
  verdict: Verdict;
  /** What it would be right after its admission. */
  status: MessageStatus;
  /** When it would go, as far as can be said (ISO 8601); null where it would not, or a person decides. */
  wouldGoAt: string | null;
  /** Of the revision that was judged. */
  recipients: Recipient[];
}

export interface Replay {
  org: string;
  mode: Mode;
  /** Ids; null: every mailbox of the org. */
  mailboxes: readonly string[] | null;
  /** Messages made at or after it (ISO 8601); absent: any. */
  since?: string | undefined;
  /** Only those older than this message of an earlier call. */
  after?: string | undefined;
  limit: number;
  /** The policy to judge by, for the one that holds for a mailbox. */
  candidate: (policy: Policy) => Policy;
}

export interface Replayed {
  id: string;
  mailbox: string;
  createdAt: string;
  /** What was said when it was last judged. */
  then: Verdict['outcome'];
  /** What the policy that holds now says, and what the candidate says, of the same facts. */
  live: Verdict;
  candidate: Verdict;
}

export interface RehearsalStore {
  /** Each email by itself, as if the others were not: nothing is written. @throws Problem `mailbox_unknown`. */
  simulate(simulation: Simulation): Promise<Simulated[]>;
  /** Newest first. */
  replay(replay: Replay): Promise<Replayed[]>;
}
