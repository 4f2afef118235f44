/**
 * @module The verb `providers.test`: one real email through one provider, on the way of every email: admitted, judged,
 * claimed. Only its route is another.
 */
import { requestSchema } from '../core/email/request.js';
import { requireOperator, knownProvider } from './providers.js';
import type { Verb } from './deps.js';
import { invalidInput } from './invalid.js';
import { get } from './read.js';
import { sendBy } from './send.js';

/** Seconds: a provider that takes longer is asked on, and the answer says how far it came. */
const PATIENCE = 40;

export const testProvider: Verb<'providers.test'> = async (
  deps,
  caller,
  { name, to, mailbox },
  _raw,
  context,
) => {
  requireOperator(deps, caller);
  knownProvider(deps, name);
  const request = {
    to,
    subject: `Mailwarden tries the provider ${name} out`,
    text: `This email was sent through the provider ${name} to see whether it carries mail. Nothing has to be done.`,
    reason: `a test of the provider ${name}`,
    dedupeKey: deps.randomId(),
  };
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) throw invalidInput(parsed.error);
  const {
    id,
    approvalUrl,
    status: before,
  } = await sendBy(deps, caller, { ...parsed.data, mailbox }, request, name);
  // What waits for a person would keep its caller, too.
  const wait = before === 'held' ? 0 : PATIENCE;
  const found = await get(deps, caller, { id, wait, until: 'sent' }, {}, context);
  const { status } = found;
  if (!('attempts' in found)) return { id, status, attempts: [], recipients: [] };
  return {
    ...{ id, status, attempts: found.attempts, ...(approvalUrl !== undefined && { approvalUrl }) },
    recipients: found.recipients.map(({ index, status: one, reason, smtpStatus }) => ({
      ...{ index, status: one, reason, smtpStatus },
    })),
  };
};
