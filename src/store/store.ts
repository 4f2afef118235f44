/**
 * @module The store's port. Every method is ONE transaction and safe to repeat; PGlite and PostgreSQL
 * pass the same contract suite (test/contracts/store.ts). Addresses and bodies live here and only here.
 */
import type { AddressStore } from './port/addresses.js';
import type { AdmissionStore } from './port/admission.js';
import type { BreakerStore } from './port/breakers.js';
import type { ConsentStore } from './port/consents.js';
import type { ContentStore } from './port/content.js';
import type { DecisionStore } from './port/decisions.js';
import type { DeliveryStore } from './port/delivery.js';
import type { DraftStore } from './port/drafts.js';
import type { ErasureStore } from './port/erasures.js';
import type { EventStore } from './port/events.js';
import type { HookStore } from './port/hooks.js';
import type { InvestigationStore } from './port/investigations.js';
import type { KeptAnswerStore } from './port/kept-answers.js';
import type { KeyStore } from './port/keys.js';
import type { MailboxStore } from './port/mailboxes.js';
import type { MessageStore } from './port/messages.js';
import type { ContactLeaseStore } from './port/leases.js';
import type { OrgStore } from './port/orgs.js';
import type { PolicyStore } from './port/policies.js';
import type { QuotaStore } from './port/quotas.js';
import type { RehearsalStore } from './port/rehearsals.js';
import type { ReportStore } from './port/reports.js';
import type { SuppressionStore } from './port/suppressions.js';
import type { SweepStore } from './port/sweep.js';
import type { UnknownStore } from './port/unknown.js';
import type { UploadStore } from './port/uploads.js';
import type { WebhookStore } from './port/webhooks.js';

export type * from './details.js';
export type * from './port/admission.js';
export type * from './port/breakers.js';
export type * from './port/consents.js';
export type * from './port/decisions.js';
export type * from './port/delivery.js';
export type * from './port/drafts.js';
export type * from './port/erasures.js';
export type * from './port/events.js';
export type * from './port/hooks.js';
export type * from './port/investigations.js';
export type * from './port/kept-answers.js';
export type * from './port/keys.js';
export type * from './port/mailboxes.js';
export type * from './port/messages.js';
export type * from './port/leases.js';
export type * from './port/orgs.js';
export type * from './port/policies.js';
export type * from './port/quotas.js';
export type * from './port/rehearsals.js';
export type * from './port/reports.js';
export type * from './port/sweep.js';
export type * from './port/suppressions.js';
export type * from './port/unknown.js';
export type * from './port/uploads.js';
export type * from './port/webhooks.js';
export { SCOPES } from './port/keys.js';

export interface Store
  extends
    AddressStore,
    AdmissionStore,
    BreakerStore,
    ConsentStore,
    ContentStore,
    DecisionStore,
    DeliveryStore,
    DraftStore,
    ErasureStore,
    EventStore,
    HookStore,
    InvestigationStore,
    KeptAnswerStore,
    KeyStore,
    MailboxStore,
    MessageStore,
    ContactLeaseStore,
    OrgStore,
    PolicyStore,
    QuotaStore,
    RehearsalStore,
    ReportStore,
    SuppressionStore,
    SweepStore,
    UnknownStore,
    UploadStore,
    WebhookStore {
  ping(): Promise<void>;
  migrate(): Promise<void>;
  end(): Promise<void>;
}
