/**
 * @module The store over a kysely instance: one file per verb or noun, each verb one transaction. PGlite and
 * PostgreSQL differ only in how they are opened.
 */
import { sql, type Kysely } from 'kysely';
import { admit } from './admit.js';
import { addresses } from './addresses.js';
import { audit } from './audit.js';
import { blobs } from './blobs.js';
import { claim } from './claim.js';
import { consents } from './consents.js';
import { close } from './close.js';
import { decide } from './decide.js';
import { drafts } from './drafts.js';
import { erasures } from './erasures.js';
import { events } from './events.js';
import { fanOut } from './fan-out.js';
import { fingerprints } from './fingerprints.js';
import { applyHook } from './hooks.js';
import { investigations } from './investigations.js';
import { keptAnswers } from './kept-answers.js';
import { keys } from './keys.js';
import { mailboxes } from './mailboxes.js';
import { messages } from './messages.js';
import { migrate } from './migrate.js';
import { leases } from './leases.js';
import { orgs } from './orgs.js';
import { policyChanges } from './policy-changes.js';
import { policyVersions } from './policy-versions.js';
import { principals } from './principals.js';
import { providers } from './providers.js';
import { quotas } from './quotas.js';
import { rehearsals } from './rehearsals.js';
import { recordReceipt } from './receipt.js';
import { applyReports } from './reports.js';
import { recordLook } from './record-look.js';
import { resolveUnknown } from './resolve.js';
import { reschedule, revise } from './revise.js';
import type { StoreSettings } from './settings.js';
import { settle } from './settle.js';
import { settleLost } from './settle-lost.js';
import type { Store } from './store.js';
import { suppressions } from './suppressions.js';
import { sweep } from './sweep.js';
import type { Tables } from './tables.js';
import { takeUnknown } from './take-unknown.js';
import { listUnknown } from './unknown-list.js';
import { uploads } from './uploads.js';
import { recordDelivery } from './record-delivery.js';
import { takeDeliveries } from './take-deliveries.js';
import { webhookDeliveries } from './webhook-deliveries.js';
import { webhooks } from './webhooks.js';
import { inOne, single } from './work.js';

export type { StoreSettings } from './settings.js';
export type { Tables } from './tables.js';
export { DirectStartOff, StoreError } from './failure.js';
export { openPglite } from './pglite.js';
export { openPostgres } from './postgres.js';

export function createStore(db: Kysely<Tables>, settings: StoreSettings): Store {
  const verb = inOne(db, settings);
  return {
    admit: verb(admit),
    decide: verb(decide),
    revise: verb(revise),
    reschedule: verb(reschedule),
    claim: verb(claim),
    recordReceipt: verb(recordReceipt),
    settle: verb(settle),
    settleLost: verb(settleLost),
    resolveUnknown: verb(resolveUnknown),
    takeUnknown: verb(takeUnknown),
    recordLook: verb(recordLook),
    unknown: (filter) => listUnknown(db, filter),
    applyReports: verb(applyReports),
    applyHook: verb(applyHook),
    close: verb(close),
    takeDeliveries: (wanted) => takeDeliveries(db, settings, wanted),
    recordDelivery: verb(recordDelivery),
    ...messages(db, settings),
    ...audit(db),
    ...events(db, settings, fanOut),
    ...suppressions(db, settings),
    ...consents(db, settings),
    ...erasures(db, settings),
    ...investigations(db, settings),
    ...mailboxes(db, settings),
    ...keys(db, settings),
    ...leases(db, settings),
    ...orgs(db, settings),
    ...principals(db, settings),
    ...blobs(db, settings),
    ...uploads(db, settings),
    ...quotas(db, settings),
    ...policyVersions(db, settings),
    ...policyChanges(db, settings),
    ...rehearsals(db, settings),
    ...providers(db, settings),
    ...addresses(db, settings),
    ...fingerprints(db, settings),
    ...drafts(db, settings),
    ...keptAnswers(db, settings),
    ...sweep(db, settings),
    ...webhooks(db, settings),
    ...webhookDeliveries(db, settings),
    ping: async () => {
      await single(sql`select 1`.execute(db));
    },
    migrate: () => migrate(db),
    end: () => db.destroy(),
  };
}
