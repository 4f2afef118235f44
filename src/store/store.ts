/**
 * @module The store's port. Every method is ONE transaction and safe to repeat; PGlite and PostgreSQL
 * pass the same contract suite (test/contracts/store.ts). Addresses and bodies live here and only here.
 */
import type { ProviderReport, Receipt } from '../core/delivery/receipt.js';
import type { MailboxRoute, RouteEntry } from '../core/delivery/route.js';
import type { FailoverTrigger } from '../core/delivery/triggers.js';
import type { Category, EmailContent } from '../core/email/request.js';
import type { Mode } from '../core/email/id.js';
import type { AttachmentRef, Recipient, Revision } from '../core/email/revision.js';
import type { View } from '../core/email/view.js';
import type { Autonomy, Policy, PolicyInput } from '../core/policy/schema.js';
import type { AddressStore } from './port/addresses.js';
import type { BreakerStore } from './port/breakers.js';
import type { DraftStore } from './port/drafts.js';
import type { EventStore } from './port/events.js';
import type { HookStore } from './port/hooks.js';
import type { InvestigationStore } from './port/investigations.js';
import type { KeptAnswerStore } from './port/kept-answers.js';
import type { KeyStore } from './port/keys.js';
import type { QuotaStore } from './port/quotas.js';
import type { UnknownStore } from './port/unknown.js';
import type { UploadStore } from './port/uploads.js';
import type {
  MessageSummary,
  MessageDetail,
  TraceEntry,
  SuppressionRow,
  Page,
  PageRequest,
  MessageFilter,
} from './details.js';

import type { WebhookStore } from './port/webhooks.js';

export type * from './details.js';
export type * from './port/breakers.js';
export type * from './port/drafts.js';
export type * from './port/events.js';
export type * from './port/hooks.js';
export type * from './port/investigations.js';
export type * from './port/kept-answers.js';
export type * from './port/keys.js';
export type * from './port/quotas.js';
export type * from './port/unknown.js';
export type * from './port/uploads.js';
export type * from './port/webhooks.js';

// ---------------------------------------------------------------- tenants, mailboxes, keys

export type PrincipalKind = 'agent' | 'person' | 'service';

export const SCOPES = [
  'messages:send',
  'messages:read',
  'drafts:write',
  'approvals:decide',
  'suppressions:write',
  'webhooks:write',
  'policy:admin',
  'org:admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who stands behind a call, once its key was checked. */
export interface Caller {
  org: string;
  principal: string;
  kind: PrincipalKind;
  key: string;
  mode: Mode;
  scopes: Scope[];
  /** Mailbox ids the key is bound to; null means all of the org. */
  mailboxes: string[] | null;
}

export interface MailboxRow {
  id: string;
  org: string;
  address: string;
  displayName: string | null;
  status: 'active' | 'paused';
  autonomy: Autonomy;
  policy: Policy;
  /** Its own providers, alone or with their triggers; null for the server's routes. */
  route: MailboxRoute | null;
  /** Whether a workflow may be started for it without a door (DESIGN: direct start). */
  directStart: boolean;
  /** Raised by every change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface NewMailbox {
  org: string;
  address: string;
  displayName?: string | undefined;
  autonomy?: Autonomy | undefined;
  policy?: PolicyInput | undefined;
  route?: MailboxRow['route'] | undefined;
  directStart?: boolean | undefined;
}

export type MailboxChange = Partial<
  Pick<MailboxRow, 'displayName' | 'status' | 'autonomy' | 'route' | 'directStart'> & { policy: PolicyInput }
>;

// ---------------------------------------------------------------- the way of one email

/**
 * The view with what is needed to plan its next delivery; activities turn `delivery` into `next`, because
 * only they know which providers this server has.
 */
export type StoredView = View & {
  delivery: {
    mode: Mode;
    /** The number that the next attempt gets: one more than the highest claimed or voided. */
    attempt: number;
    /** Providers given up on in this round of the route. */
    tried: string[];
    /** Some recipients are already done with, so that only a provider with `envelope` will do. */
    subset: boolean;
    /** The next delivery repeats a try, which nobody but this provider may. */
    only?: string;
    mailbox: Pick<MailboxRow, 'id' | 'address'>;
    category: Category;
    /** Of its recipients. */
    domains: string[];
    /** Providers not to be asked at the next delivery: open, drained, or left alone as they asked. */
    closed: string[];
    /** What the answer that was just recorded did to its provider's breaker. */
    breaker?: 'opened' | 'closed';
    route: MailboxRow['route'];
  };
};

/** Names the message and the run that owns it; every step of the workflow carries it. */
export interface Owner {
  id: string;
  /** The workflow's first execution run id: survives a reset, differs for another run. */
  run: string;
}

/** Everything that `admit` writes, already parsed. */
export interface Admission extends Owner {
  org: string;
  /** Id or address. */
  mailbox: string;
  /** Started without a door, which not every mailbox takes. */
  direct?: boolean | undefined;
  /** The only provider by which it may go, in the place of its route. */
  via?: string | undefined;
  mode: Mode;
  dedupeKey: string;
  requestHash: string;
  principal: string;
  key: string | null;
  content: EmailContent;
  category: Category;
  attachments: (AttachmentRef & { bytes: Uint8Array })[];
  /** Text part derived from the HTML, where the caller gave none. */
  derivedText?: string | undefined;
  sendAt?: string | undefined;
  expiresAt?: string | undefined;
  reason?: string | undefined;
  context?: unknown;
  tags: string[];
  metadata: Record<string, string>;
}

/** `owner` false: another run has this id or key; then `view` is that message and nothing was written. */
export interface Admitted {
  owner: boolean;
  view: StoredView;
  requestHash: string;
}

export type DecisionAction = 'approve' | 'reject' | 'cancel' | 'expire';

/** Who decides, and on what. All of them go through one compare-and-set on the message's row. */
export interface Decision {
  id: string;
  action: DecisionAction;
  /** Required of doors; a signal without it counts only while held at revision 1. */
  digest?: string | undefined;
  /** Principal, or the name that a signal gave, or `deadline`. */
  by: string;
  via: 'door' | 'signal' | 'signed' | 'deadline' | 'temporal';
  /** The key of the door's caller, for the lineage check. */
  key?: string | undefined;
  comment?: string | undefined;
}

/**
 * `applied`: this decision won. Otherwise why not: `ignored` (not decidable now, or a signal without a
 * digest after an edit), `already_decided`, `digest_mismatch`, `own_decision`, `not_held`, `too_late`.
 */
export interface Decided {
  result: 'applied' | 'already_decided' | 'digest_mismatch' | 'own_decision' | 'not_held' | 'too_late';
  view: StoredView;
}

export interface RevisionChange {
  id: string;
  /** The digest that the editor saw. */
  digest: string;
  content: EmailContent;
  attachments: (AttachmentRef & { bytes: Uint8Array })[];
  derivedText?: string | undefined;
  by: string;
  key?: string | undefined;
}

export interface ClaimRequest extends Owner {
  digest: string;
  attempt: number;
  provider: string;
  /** Temporal's own run and try number: an older try than one already seen may not claim. */
  execution: { run: string; try: number };
  leaseMs: number;
  /** Milliseconds for which the provider deduplicates by our key: a claim without a receipt may be sent again there. */
  dedupesFor: number;
  /** The provider sends to a subset of the recipients that the headers name; one that does not gets all or none. Default true. */
  envelope?: boolean;
}

/** Only `go` may touch the wire; every other answer carries the view that the workflow goes on with. */
export type Claimed =
  | {
      answer: 'go';
      try: number;
      /** Of the try that this one repeats, else its own. */
      key: string;
      revision: Revision;
      digest: string;
      recipients: Recipient[];
      blobs: Map<string, Uint8Array>;
      mode: Mode;
      delivery: StoredView['delivery'];
    }
  | { answer: 'no'; view: StoredView };

export interface ReceiptWrite extends Owner {
  attempt: number;
  try: number;
  provider: string;
  receipt: Receipt;
  /** Reports that the provider knows at once; applied in the same transaction. */
  reports: ProviderReport[];
}

/** A recipient of whom nobody knows whether it was sent to, and the try that left it so. */
export interface UnknownTry {
  index: number;
  attempt: number;
  try: number;
}

/** How a round of a route ends: what the workflow learned about an attempt that gave no answer. */
export interface Settlement extends Owner {
  attempt: number;
  provider: string;
  /** Empty where no route could be computed at all. */
  route: RouteEntry[];
  /** Of that route; by default all but `refused`. */
  triggers?: readonly FailoverTrigger[] | undefined;
}

/** What became of a workflow whose message is still open: a reason code in the trace. */
export type WorkflowEnd = 'terminated' | 'timed_out' | 'failed' | 'canceled' | 'completed' | 'not_found';

/** A message that the sweep has to look at. */
export interface Unswept extends Owner {
  /** It is closed, and its workflow may not know. */
  isOver: boolean;
  /** An attempt is under way, or was when its worker died. */
  isClaimed: boolean;
  /** Its workflow ought to have moved it by now, or to have ended. */
  isLate: boolean;
  /** The time that had come. */
  lookedFor: string;
  /** When to look again, where this look changes nothing. */
  again: string;
}

export interface Applied {
  reportId: string;
  result: 'applied' | 'duplicate' | 'unmatched';
  /** The message whose workflow waits for such a report, where one was matched. */
  id?: string;
}

export interface Store
  extends
    AddressStore,
    BreakerStore,
    QuotaStore,
    DraftStore,
    EventStore,
    HookStore,
    InvestigationStore,
    KeptAnswerStore,
    KeyStore,
    UnknownStore,
    UploadStore,
    WebhookStore {
  // One email
  /** @throws Problem `mailbox_unknown`, DirectStartOff. */
  admit(admission: Admission): Promise<Admitted>;
  /** What `admit` answered this run before; null where it has admitted nothing. */
  admitted(owner: Owner): Promise<Admitted | null>;
  decide(decision: Decision): Promise<Decided>;
  revise(change: RevisionChange): Promise<Decided>;
  /** Only of the version that was seen; any other is `too_late`. */
  reschedule(change: { id: string; sendAt: string; version: number; by: string }): Promise<Decided>;
  claim(request: ClaimRequest): Promise<Claimed>;
  recordReceipt(write: ReceiptWrite): Promise<StoredView>;
  /** After an attempt without an answer: voids it, so that it can never claim, and says what is next. */
  settle(settlement: Settlement): Promise<StoredView>;
  resolveUnknown(resolution: {
    id: string;
    as: 'sent' | 'not_sent' | 'abandoned';
    /** Who is resolved; where one of them is no longer unknown by this try, `not_unknown`. */
    unknown: readonly UnknownTry[];
    by: string;
    /** The workflow is over, so that nobody would send what was not sent. */
    workflowOver?: boolean;
  }): Promise<{ result: 'applied' | 'lease_active' | 'not_unknown'; view: StoredView; retryAfter?: number }>;
  /**
   * Settles what a workflow left behind that ended without closing its message: what was not sent has failed,
   * what may have been is unknown. Of one that is `running` only a claim whose answer nobody waits for.
   */
  settleLost(loss: Owner & { workflow: WorkflowEnd | 'running' }): Promise<{
    /** `unchanged` also where all was sent and only reports are awaited. */
    result: 'settled' | 'lease_active' | 'unchanged' | 'over';
    view: StoredView;
  }>;
  /** Inserts and applies reports; the same report twice has one effect. */
  applyReports(provider: string, reports: ProviderReport[], org?: string): Promise<Applied[]>;
  /** Reads the view; `close` ends the feedback window where nothing else is to be done. */
  view(id: string): Promise<StoredView | null>;
  close(id: string): Promise<StoredView>;

  // Reading
  message(org: string, id: string): Promise<MessageDetail | null>;
  messages(filter: MessageFilter): Promise<Page<MessageSummary>>;
  trace(org: string, id: string): Promise<TraceEntry[]>;

  // Suppressions
  addSuppression(row: {
    org: string;
    mode: Mode;
    address: string;
    scope: SuppressionRow['scope'];
    mailbox?: string | undefined;
    reason: string;
    source: string;
    expiresAt?: string | undefined;
    by: string;
  }): Promise<SuppressionRow>;
  removeSuppression(removal: {
    org: string;
    mode: Mode;
    /** Null: any; else only those of scope `mailbox` that belong to one of these. */
    mailboxes: string[] | null;
    id: string;
    by: string;
  }): Promise<boolean>;
  suppressions(
    filter: PageRequest & {
      org: string;
      mode: Mode;
      /** As of `removeSuppression`. */
      mailboxes: string[] | null;
      address?: string | undefined;
    },
  ): Promise<Page<SuppressionRow>>;

  // Mailboxes
  createMailbox(mailbox: NewMailbox, by: string): Promise<MailboxRow | 'exists'>;
  /** `version`: only while it is this. */
  updateMailbox(
    org: string,
    id: string,
    change: MailboxChange,
    by: string,
    version?: number,
  ): Promise<MailboxRow | 'stale' | null>;
  /** By id or address. */
  mailbox(org: string, idOrAddress: string): Promise<MailboxRow | null>;
  /** `ids`: of these; null is all of the org. */
  mailboxes(filter: PageRequest & { org: string; ids: string[] | null }): Promise<Page<MailboxRow>>;

  // Content by reference, and calls without a key
  /** Kept for 30 days, and for as long as a revision names it. */
  putBlob(sha256: string, bytes: Uint8Array): Promise<void>;
  blob(sha256: string): Promise<Uint8Array | null>;
  /** The key under which this content was sent within the window; takes `key` where there was none. */
  claimFingerprint(fingerprint: {
    org: string;
    mailbox: string;
    mode: Mode;
    hash: string;
    key: string;
    windowMs: number;
  }): Promise<string>;

  // The sweep
  /** Takes the lease or renews one's own; false while somebody else holds it. */
  takeLease(lease: { name: string; holder: string; forMs: number }): Promise<boolean>;
  /** The messages whose look is due, the longest due first. */
  unswept(limit: number): Promise<Unswept[]>;
  /** Sets the next look, unless the message was written meanwhile; null for none. */
  looked(look: { id: string; lookedFor: string; again: string | null }): Promise<void>;
  /** Their workflows may not have heard of the last change, even where that closed the message. */
  lookSoon(ids: readonly string[]): Promise<void>;
  /** Deletes fingerprints past their window, old uploads, input that nobody will ask for, old answers and events: some at a time. */
  deleteExpired(bounds: { dedupeWindowMs: number; limit: number }): Promise<{
    fingerprints: number;
    uploads: number;
    blobs: number;
    answers: number;
    events: number;
    deliveries: number;
    tokens: number;
  }>;

  ping(): Promise<void>;
  migrate(): Promise<void>;
  end(): Promise<void>;
}
