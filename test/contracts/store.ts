/**
 * @module What every backend of the store keeps: one suite, run on PGlite and on PostgreSQL. One database per
 * run; each test has a mailbox, and so an org, of its own.
 */
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { START, type TestStore } from '../support/store.js';
import { admissionContract } from './store-admission.js';
import { auditContract } from './store-audit.js';
import { breakerContract } from './store-breakers.js';
import { claimContract } from './store-claim.js';
import { consentContract } from './store-consents.js';
import { decisionContract } from './store-decision.js';
import { directoryContract } from './store-directory.js';
import { draftContract } from './store-drafts.js';
import { editContract } from './store-edit.js';
import { erasureContract } from './store-erasures.js';
import { eventContract } from './store-events.js';
import { feedbackContract } from './store-feedback.js';
import { hoursContract } from './store-hours.js';
import { hookContract } from './store-hooks.js';
import { investigationContract } from './store-investigations.js';
import { keptAnswerContract } from './store-kept-answers.js';
import { keyContract } from './store-keys.js';
import { limitContract } from './store-limit.js';
import { quotaRaces, sendRaces } from './store-quota-races.js';
import { rateContract } from './store-rates.js';
import { recipientLimitContract } from './store-recipient-limit.js';
import { messageListContract } from './store-message-list.js';
import { recipientContract } from './store-recipients.js';
import { policyContract } from './store-policies.js';
import { oversightContract } from './store-oversight.js';
import { reportContract } from './store-report.js';
import { reportBatchContract } from './store-report-batch.js';
import { settleContract } from './store-settle.js';
import { suppressionContract } from './store-suppressions.js';
import { switchContract } from './store-switches.js';
import { sweepContract } from './store-sweep.js';
import { unknownContract } from './store-unknown.js';
import { unknownProofContract } from './store-unknown-proof.js';
import { uploadContract } from './store-uploads.js';
import { webhookContract } from './store-webhooks.js';

/** The store under test; its clock stands at START when a test begins. */
export type Bed = () => TestStore;

/** `atOnce`: how many transactions may be asked for at once, none of which only waits for a connection. */
export function storeContract(name: string, open: () => Promise<TestStore>, atOnce = 4): void {
  describe(name, () => {
    let bed: TestStore | undefined;
    const get: Bed = () => {
      if (bed === undefined) throw new Error('the store did not open');
      return bed;
    };
    beforeAll(async () => {
      bed = await open();
    }, 60_000);
    beforeEach(() => {
      get().clock.set(START);
    });
    afterAll(() => bed?.end());
    describe('admission', () => {
      admissionContract(get);
    });
    describe('limits', () => {
      limitContract(get);
      rateContract(get);
      recipientLimitContract(get);
      quotaRaces(get, 4, 3);
      sendRaces(get, atOnce, 2);
    });
    describe('decisions', () => {
      decisionContract(get);
    });
    describe('recipients', () => {
      recipientContract(get);
    });
    describe('hours', () => {
      hoursContract(get);
    });
    describe('kill switches', () => {
      switchContract(get);
    });
    describe('once, one at a time, seen', () => {
      oversightContract(get);
    });
    describe('edits', () => {
      editContract(get);
    });
    describe('claims and receipts', () => {
      claimContract(get);
    });
    describe('ends of attempts', () => {
      settleContract(get);
    });
    describe('breakers and drains', () => {
      breakerContract(get);
    });
    describe('what nobody knows', () => {
      unknownContract(get);
      unknownProofContract(get);
    });
    describe('reports', () => {
      reportContract(get);
      reportBatchContract(get);
    });
    describe('feedback', () => {
      feedbackContract(get);
    });
    describe('tokens of webhooks', () => {
      hookContract(get);
    });
    describe('consents', () => {
      consentContract(get);
      suppressionContract(get);
    });
    describe('erasures', () => {
      erasureContract(get);
    });
    describe('investigations', () => {
      investigationContract(get);
    });
    describe('the event log', () => {
      eventContract(get);
    });
    describe('the sweep', () => {
      sweepContract(get);
    });
    describe('webhooks', () => {
      webhookContract(get);
    });
    describe('drafts', () => {
      draftContract(get);
    });
    describe('kept answers', () => {
      keptAnswerContract(get);
    });
    describe('uploads', () => {
      uploadContract(get);
    });
    describe('the list of messages', () => {
      messageListContract(get);
    });
    describe('audit', () => {
      auditContract(get);
    });
    describe('mailboxes, lists', () => {
      directoryContract(get);
    });
    describe('policy documents', () => {
      policyContract(get);
    });
    describe('keys and principals', () => {
      keyContract(get);
    });
  });
}
