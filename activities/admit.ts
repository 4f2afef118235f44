/**
 * @module Admission: reads the request, then ONE transaction in the store that judges and writes it.
 */
import { contentOf } from '../src/core/email/request.js';
import type { Outcome } from '../src/core/email/view.js';
import { Problem } from '../src/errors.js';
import { DirectStartOff, StoreError } from '../src/store/index.js';
import type { Admitted } from '../src/store/store.js';
import { attachmentsOf } from './attachments.js';
import type { Dependencies } from './dependencies.js';
import { hostsOf } from './hosts.js';
import type { Admission, CoreActivities, Owner } from './interface.js';
import { plan } from './plan.js';
import { readSubmission, unusable, type Submission, type Unusable } from './request.js';
import { derivedText } from './text.js';

export function admit(deps: Dependencies): CoreActivities['admit'] {
  return async ({ owner, namespace, request: argument }) => {
    // It may have been admitted before, by a try whose answer was lost or in a run that was reset; what has become of
    // its seal or its mailbox since doesn't take that back.
    const denied = async (problem: Outcome['problem']): Promise<Admission> => {
      const before = await deps.store.admitted(owner);
      if (before !== null) return answer(deps, before);
      return { owner: false, outcome: { id: owner.id, status: 'denied', recipients: [], problem } };
    };
    try {
      const submission = await readSubmission(deps, argument, { workflowId: owner.id, namespace });
      return 'code' in submission
        ? await denied(submission)
        : await admitSubmission(deps, owner, submission, denied);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== null) return await denied(refusal);
      if (!isForGood(error)) throw error;
      deps.log.error({ id: owner.id, err: error }, 'the store will never take this request');
      return await denied({ code: 'invalid_request', fields: [] });
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
  denied: (problem: Unusable) => Promise<Admission>,
): Promise<Admission> {
  const content = contentOf(request);
  const attachments = await attachmentsOf(deps.store, { ...who, id: owner.id }, content);
  if ('code' in attachments) return await denied(attachments);
  const { sendAt, expiresAt, reason, untrusted, context, tags, metadata, category } = request;
  const admitted = await deps.store.admit({
    ...owner,
    ...who,
    content,
    hosts: await hostsOf(deps, who, content),
    category,
    attachments,
    derivedText: derivedText(content),
    ...{ sendAt, expiresAt, reason, untrusted, context, tags, metadata },
  });
  return answer(deps, admitted);
}

function answer(deps: Dependencies, { view: stored, ...admitted }: Admitted): Admission {
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
