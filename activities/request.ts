/**
 * @module Reads what a workflow was started with: sealed by a door, sealed by a direct starter, or plain.
 * Whatever it is, the outcome is a parsed request or a clear problem, never a throw that would be retried.
 */
import { z } from 'zod';
import { requestSchema, type EmailRequest } from '../src/core/email/request.js';
import { fieldProblems, type FieldProblem } from '../src/core/email/problem.js';
import { canonical } from '../src/core/email/canonical.js';
import type { Mode } from '../src/core/email/id.js';
import type { SealedRequest } from '../src/sealed.js';
import type { MailboxRow } from '../src/store/store.js';
import type { Dependencies } from './dependencies.js';
import { openSealed } from './unseal.js';

/** Who asks for what, from which mailbox. */
export interface Submission {
  org: string;
  mailbox: MailboxRow;
  mode: Mode;
  principal: string;
  key: string | null;
  dedupeKey: string;
  requestHash: string;
  request: EmailRequest;
}

/** The request can't be used; `fields` say where and how to mend it. */
export interface Unusable {
  code: 'invalid_request' | 'mailbox_unknown' | 'direct_start_off';
  fields: FieldProblem[];
}

type Reader = Pick<Dependencies, 'store' | 'ring' | 'sha256' | 'directOrg'>;

const unusable = (code: Unusable['code'], field: string, message: string): Unusable => ({
  code,
  fields: [{ field, message }],
});

const envelopeSchema = z.looseObject({ mailbox: z.string().min(1).max(320), sealed: z.string().optional() });

/** `workflowId` is the identity of a direct start that names no dedupe key. */
export async function readSubmission(
  deps: Reader,
  argument: unknown,
  start: { workflowId: string; namespace: string },
): Promise<Submission | Unusable> {
  const envelope = envelopeSchema.safeParse(argument);
  if (!envelope.success) return { code: 'invalid_request', fields: fieldProblems(envelope.error) };
  const { mailbox, sealed, ...plain } = envelope.data;
  if (sealed === undefined) return await direct(deps, mailbox, plain, start);
  const opened = await openSealed<SealedRequest | { request: unknown }>(deps, 'request', sealed);
  if (opened === null)
    return unusable('invalid_request', 'sealed', 'cannot be opened: damaged, or sealed with an unknown key');
  if (!('principal' in opened)) return await direct(deps, mailbox, opened.request, start);
  const found = await deps.store.mailbox(opened.org, opened.mailbox);
  if (found === null) return unusable('mailbox_unknown', 'mailbox', 'is no mailbox of this org');
  const request = requestSchema.safeParse(opened.request);
  if (!request.success) return { code: 'invalid_request', fields: fieldProblems(request.error) };
  return { ...opened, mailbox: found, request: request.data };
}

async function direct(
  { store, sha256, directOrg }: Reader,
  mailbox: string,
  body: unknown,
  { workflowId, namespace }: { workflowId: string; namespace: string },
): Promise<Submission | Unusable> {
  const request = requestSchema.safeParse(body);
  if (!request.success) return { code: 'invalid_request', fields: fieldProblems(request.error) };
  const found = await store.mailbox(directOrg, mailbox);
  if (found === null)
    return unusable('mailbox_unknown', 'mailbox', 'is no mailbox of this org; make it first');
  if (!found.directStart)
    return unusable(
      'direct_start_off',
      'mailbox',
      'takes email only through a door; allow direct starts on it',
    );
  return {
    org: directOrg,
    mailbox: found,
    mode: 'live',
    principal: `temporal:${namespace}`,
    key: null,
    dedupeKey: request.data.dedupeKey ?? `workflow:${workflowId}`,
    requestHash: sha256(canonical(request.data)),
    request: request.data,
  };
}
