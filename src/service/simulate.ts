/** @module The verb `messages.simulate`: what a send would be answered, without one. */
import { createHash } from 'node:crypto';
import { sizeOfBase64, contentOf, type EmailRequest } from '../core/email/request.js';
import type { AttachmentRef } from '../core/email/revision.js';
import { candidateBy } from '../core/policy/candidate.js';
import type { Policy } from '../core/policy/schema.js';
import type { RehearsedEmail } from '../store/store.js';
import { mailboxFor } from './access.js';
import { candidateIn } from './candidate.js';
import type { Verb } from './deps.js';
import { shownVerdict } from './shown.js';

export const simulate: Verb<'messages.simulate'> = async (deps, caller, { mailbox: name, requests }, raw) => {
  const mailbox = await mailboxFor(deps, caller, name, 'as `mailbox`');
  const patch = candidateIn(raw);
  const policy: Policy | undefined = patch && candidateBy(patch)(mailbox.policy);
  const { org, mode, principal, key } = caller;
  const now = deps.clock();
  const emails = requests.map(rehearsed);
  const found = await deps.store.simulate({ org, mode, principal, key, mailbox: mailbox.id, policy, emails });
  return {
    asOf: now.toISOString(),
    results: found.map(({ verdict, status, wouldGoAt, recipients }, index) => ({
      ...{ index, outcome: verdict.outcome, status },
      verdict: shownVerdict(verdict, recipients, { status, now }),
      ...(wouldGoAt !== null && { wouldGoAt }),
    })),
  };
};

function rehearsed(request: EmailRequest): RehearsedEmail {
  const { category, sendAt, expiresAt, reason, untrusted } = request;
  const content = contentOf(request);
  return {
    content,
    category,
    sendAt,
    expiresAt,
    reason,
    untrusted,
    attachments: content.attachments.map(refOf),
  };
}

/** Of a file that was uploaded before only the name is known here, which is what its digest is. */
function refOf(given: EmailRequest['attachments'][number]): AttachmentRef {
  const { filename, contentType, contentId, content = '', sha256 } = given;
  const digest = sha256 ?? createHash('sha256').update(Buffer.from(content, 'base64')).digest('hex');
  const size = Math.floor(sizeOfBase64(content));
  return { filename, contentType, size, sha256: digest, ...(contentId !== undefined && { contentId }) };
}
