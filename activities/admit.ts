/**
 * @module Admission: reads the request, then ONE transaction in the store that judges and writes it.
 */
import type { CoreActivities } from './interface.js';
import { contentOf } from '../src/core/email/request.js';
import { attachmentsOf } from './attachments.js';
import type { Dependencies } from './dependencies.js';
import { plan } from './plan.js';
import { readSubmission } from './request.js';
import { derivedText } from './text.js';

export function admit(deps: Dependencies): CoreActivities['admit'] {
  return async ({ owner, namespace, request: argument }) => {
    const submission = await readSubmission(deps, argument, { workflowId: owner.id, namespace });
    if ('code' in submission)
      return {
        owner: false,
        outcome: { id: owner.id, status: 'denied', recipients: [], problem: submission },
      };
    const { mailbox, request, ...who } = submission;
    const content = contentOf(request);
    const { sendAt, expiresAt, reason, context, tags, metadata, category } = request;
    const admitted = await deps.store.admit({
      ...owner,
      ...who,
      mailbox: mailbox.id,
      content,
      category,
      attachments: attachmentsOf(content),
      derivedText: derivedText(content),
      ...{ sendAt, expiresAt, reason, context, tags, metadata },
    });
    const view = plan(deps, admitted.view);
    const { requestHash } = admitted;
    if (!admitted.owner)
      return {
        owner: false,
        view,
        requestHash,
        outcome: { id: view.id, status: view.status, recipients: view.recipients },
      };
    return {
      owner: true,
      view,
      requestHash,
      searchAttribute: deps.searchAttribute,
      approval: {
        signals: deps.config.approval.signals,
        ...(deps.reviewUrl !== undefined && { reviewUrl: `${deps.reviewUrl}/${view.id}` }),
      },
    };
  };
}
