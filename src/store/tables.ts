/**
 * @module The tables as kysely sees them; migrations/ makes them. JSON columns are text (see json.ts).
 */
import type { Generated, Selectable } from 'kysely';
import type { Mode } from '../core/email/id.js';
import type { Category } from '../core/email/request.js';
import type { RecipientKind } from '../core/email/revision.js';
import type {
  BounceClass,
  MessageStatus,
  ReceiptOutcome,
  RecipientStatus,
  ReportType,
} from '../core/email/state.js';
import type { WaitReason } from '../core/email/view.js';
import type { AuditTable } from './audit.js';
import type { BlobsTable } from './blobs.js';
import type { ConsentsTable } from './consents.js';
import type { BreakersTable } from './breakers.js';
import type { DecisionsTable } from './decide.js';
import type { DraftsTable } from './drafts.js';
import type { ErasuresTable } from './erasures.js';
import type { FingerprintsTable } from './fingerprints.js';
import type { HookTokensTable } from './hooks.js';
import type { Json } from './json.js';
import type { ContactLeasesTable } from './leases.js';
import type { KeptAnswersTable } from './kept-answers.js';
import type { KeysTable } from './key-rows.js';
import type { MailboxesTable } from './mailboxes.js';
import type { MigrationsTable } from './migrate.js';
import type { InvestigationsTable } from './open-investigation.js';
import type { OutboxTable } from './outbox.js';
import type { PrincipalsTable } from './principals.js';
import type { DrainedProvidersTable } from './providers.js';
import type { EventLogTable, EventsTable } from './publish.js';
import type { QuotasTable } from './quotas.js';
import type { ReservationsTable } from './reservations.js';
import type { RevisionsTable } from './revisions.js';
import type { SoftBouncesTable } from './soft-bounces.js';
import type { SuppressionsTable } from './suppressions.js';
import type { LeasesTable } from './sweep.js';
import type { TagsTable } from './tags.js';
import type { PolicyChangesTable } from './policy-changes.js';
import type { PolicyDocumentsTable } from './policy-documents.js';
import type { PolicyVersionsTable } from './policy-versions.js';
import type { UploadsTable } from './uploads.js';
import type { WebhookDeliveriesTable } from './webhook-deliveries.js';
import type { WebhooksTable } from './webhooks.js';

interface OrgsTable {
  org: string;
  status: 'active' | 'paused';
  policy: Json;
  version: number;
  updated_at: Date;
  paused_why: Generated<string | null>;
  switched_at: Generated<Date | null>;
}

interface MessagesTable {
  org: string;
  id: string;
  mailbox: string;
  mode: Mode;
  dedupe_key: string;
  request_hash: string;
  owner_run: string;
  principal: string;
  key: string | null;
  category: Category;
  subject: string;
  revision: number;
  digest: string;
  status: MessageStatus;
  version: number;
  verdict: Json;
  contacted: Json;
  wait_reason: WaitReason | null;
  wait_until: Date | null;
  undo_until: Date | null;
  send_at: Date | null;
  expires_at: Date | null;
  notes: Json;
  attempt_floor: number;
  attempt_last: number;
  tried: Json;
  round: number;
  first_claim_at: Date | null;
  due_since: Date;
  last_wire_at: Date | null;
  maybe_sent: boolean;
  /** The only provider by which it may go; null is its route. */
  via: string | null;
  content_hash: Generated<string | null>;
  misjudged_at: Generated<Date | null>;
  closed_at: Date | null;
  sweep_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

interface RecipientsTable {
  org: string;
  mode: Mode;
  message: string;
  index: number;
  kind: RecipientKind;
  address: string;
  address_key: string;
  status: RecipientStatus;
  reason: string | null;
  smtp_status: string | null;
  soft_bounces: number;
  /** The class of the bounce that ended it. */
  bounce: BounceClass | null;
  retry_at: Date | null;
  attempt: number | null;
  try: number | null;
  delivered_at: Date | null;
  /** Of its message. */
  created_at: Date;
  mailbox: string | null;
  /** When it went last, or was let through to go at once. */
  counted_at: Date | null;
}

interface AttemptsTable {
  org: string;
  message: string;
  attempt: number;
  try: number;
  provider: string;
  execution_run: string;
  execution_try: number;
  recipients: Json;
  at: Date;
  lease_until: Date;
  finished_at: Date | null;
  outcome: ReceiptOutcome | 'mixed' | null;
  provider_message_id: string | null;
  receipt: Json | null;
  key: string | null;
  key_until: Date | null;
  duplicates: Json | null;
  look_at: Date | null;
  lookups: Generated<number>;
  alerts: Generated<number>;
}

interface ReportsTable {
  org: string | null;
  provider: string;
  report_id: string;
  message: string | null;
  named: string;
  recipient: number | null;
  address: string | null;
  type: ReportType;
  bounce: BounceClass | null;
  reason: string | null;
  smtp_status: string | null;
  machine: boolean;
  not_spam: boolean;
  at: Date;
  received_at: Date;
}

export interface Tables {
  migrations: MigrationsTable;
  principals: PrincipalsTable;
  keys: KeysTable;
  orgs: OrgsTable;
  policy_versions: PolicyVersionsTable;
  policy_documents: PolicyDocumentsTable;
  policy_changes: PolicyChangesTable;
  mailboxes: MailboxesTable;
  messages: MessagesTable;
  revisions: RevisionsTable;
  recipients: RecipientsTable;
  attempts: AttemptsTable;
  reports: ReportsTable;
  decisions: DecisionsTable;
  suppressions: SuppressionsTable;
  consents: ConsentsTable;
  erasures: ErasuresTable;
  quotas: QuotasTable;
  reservations: ReservationsTable;
  blobs: BlobsTable;
  uploads: UploadsTable;
  tags: TagsTable;
  fingerprints: FingerprintsTable;
  breakers: BreakersTable;
  drained_providers: DrainedProvidersTable;
  leases: LeasesTable;
  contact_leases: ContactLeasesTable;
  audit: AuditTable;
  drafts: DraftsTable;
  kept_answers: KeptAnswersTable;
  hook_tokens: HookTokensTable;
  soft_bounces: SoftBouncesTable;
  investigations: InvestigationsTable;
  outbox: OutboxTable;
  event_log: EventLogTable;
  events: EventsTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
}

export type Rows = { [Table in keyof Tables]: Selectable<Tables[Table]> };
