/**
 * @module Admission: reads the request, then ONE transaction in the store that judges and writes it.
 */
import { contentOf } from '../src/core/email/request.js';
import type { Outcome } from '../src/core/email/view.js';
import { Problem } from '../src/errors.js';
import { DirectStartOff, StoreError } from '../src/store/index.js';
import { attachmentsOf } from './attachments.js';
import type { Dependencies } from './dependencies.js';
import type { Admission, CoreActivities, Owner } from './interface.js';
import { plan } from './plan.js';
import { readSubmission, unusable, type Submission, type Unusable } from './request.js';
import { derivedText } from './text.js';

export function admit(deps: Dependencies): CoreActivities['admit'] {
  return async ({ owner, namespace, request: argument }) => {
    const denied = (problem: Outcome['problem']): Admission => ({
      owner: false,
      outcome: { id: owner.id, status: 'denied', recipients: [], problem },
    });
    try {
      const submission = await readSubmission(deps, argument, { workflowId: owner.id, namespace });
      return 'code' in submission ? denied(submission) : await admitSubmission(deps, owner, submission);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== null) return denied(refusal);
      if (!isForGood(error)) throw error;
      deps.log.error({ id: owner.id, err: error }, 'the store will never take this request');
      return denied({ code: 'invalid_request', fields: [] });
    }
  };
}

/** What the mailbox says to this request; null where it is not about the mailbox. */
function refusalOf(error: unknown): Unusable | null {
  if (error instanceof DirectStartOff)
    return unusable(
      'direct_start_off',
      'mailbox',
      'takes email only through a door; allow direct starts on it',
    );
  const isUnknown = error instanceof Problem && error.code === 'mailbox_unknown';
  return isUnknown
    ? unusable('mailbox_unknown', 'mailbox', 'is no mailbox of this org; make it first')
    : null;
}

/**
 * SQLSTATE class 22: a value that the database refuses today and tomorrow. Such a request ends with a word;
 * every other failure is tried again, because the request may be innocent of it.
 */
const isForGood = (error: unknown): boolean => error instanceof StoreError && error.code.startsWith('22');

async function admitSubmission(
  deps: Dependencies,
  owner: Owner,
  { request, ...who }: Submission,
): Promise<Admission> {
  const content = contentOf(request);
  const { sendAt, expiresAt, reason, context, tags, metadata, category } = request;
  const { view: stored, ...admitted } = await deps.store.admit({
    ...owner,
    ...who,
    content,
    category,
    attachments: attachmentsOf(content),
    derivedText: derivedText(content),
    ...{ sendAt, expiresAt, reason, context, tags, metadata },
  });
  const view = plan(deps, stored);
  const { requestHash } = admitted;
  const { id, status, recipients } = view;
  if (!admitted.owner) return { owner: false, view, requestHash, outcome: { id, status, recipients } };
  return {
    owner: true,
    view,
    requestHash,
    searchAttribute: deps.searchAttribute,
    approval: {
      signals: deps.config.approval.signals,
      ...(deps.reviewUrl !== undefined && { reviewUrl: `${deps.reviewUrl}/${encodeURIComponent(id)}` }),
    },
  };
}
