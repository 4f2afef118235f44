/**
 * @module Reads what a workflow was started with: sealed by a door, sealed by a direct starter, or plain.
 * Whatever it is, the outcome is a parsed request or a clear problem, never a throw that would be retried.
 */
import { z } from 'zod';
import { requestSchema, withoutKey, type EmailRequest } from '../src/core/email/request.js';
import { fieldProblems, type FieldProblem } from '../src/core/email/problem.js';
import { isStorable, UNSTORABLE_TEXT } from '../src/core/email/text.js';
import { canonical } from '../src/core/email/canonical.js';
import type { Mode } from '../src/core/email/id.js';
import type { SealedRequest } from '../src/sealed.js';
import type { Dependencies } from './dependencies.js';
import { openSealed } from './unseal.js';

/** Who asks for what, from which mailbox. */
export interface Submission {
  org: string;
  /** Id or address. */
  mailbox: string;
  /** Started without a door. */
  direct: boolean;
  mode: Mode;
  principal: string;
  key: string | null;
  dedupeKey: string;
  requestHash: string;
  /** The only provider by which it may go. */
  via?: string;
  request: EmailRequest;
}

/** The request can't be used; `fields` say where and how to mend it. */
export interface Unusable {
  code: 'invalid_request' | 'mailbox_unknown' | 'direct_start_off';
  fields: FieldProblem[];
}

type Reader = Pick<Dependencies, 'store' | 'ring' | 'sha256' | 'directOrg'>;

export const unusable = (code: Unusable['code'], field: string, message: string): Unusable => ({
  code,
  fields: [{ field, message }],
});

const envelopeSchema = z.looseObject({
  mailbox: z.string().min(1).max(320).refine(isStorable, UNSTORABLE_TEXT),
  sealed: z.string().optional(),
});

/** What a direct starter sealed is only its request; a door says who asked, and what for. */
const sealedSchema = z.looseObject({ request: z.unknown() });
const isDoors = (opened: object): opened is SealedRequest => 'principal' in opened;

/** The same answer whatever is wrong inside a seal: its field names may be anything, and are not for Temporal. */
const WITHIN_SEAL = unusable('invalid_request', 'sealed', 'does not hold a valid request');

/** `workflowId` is the identity of a direct start that names no dedupe key. */
export async function readSubmission(
  deps: Reader,
  argument: unknown,
  start: { workflowId: string; namespace: string },
): Promise<Submission | Unusable> {
  if (!isStorable(start.workflowId)) return unusable('invalid_request', 'workflowId', UNSTORABLE_TEXT);
  const envelope = envelopeSchema.safeParse(argument);
  if (!envelope.success) return { code: 'invalid_request', fields: fieldProblems(envelope.error) };
  const { mailbox, sealed, ...plain } = envelope.data;
  if (sealed === undefined) return direct(deps, mailbox, plain, start);
  const value = await openSealed<unknown>(deps, 'request', sealed);
  if (value === null)
    return unusable('invalid_request', 'sealed', 'cannot be opened: damaged, or sealed with an unknown key');
  const parsed = sealedSchema.safeParse(value);
  if (!parsed.success) return WITHIN_SEAL;
  const opened: object = parsed.data;
  const request = requestSchema.safeParse(parsed.data.request);
  if (!request.success) return WITHIN_SEAL;
  if (!isDoors(opened)) return direct(deps, mailbox, parsed.data.request, start);
  return { ...opened, direct: false, request: request.data };
}

function direct(
  { sha256, directOrg }: Reader,
  mailbox: string,
  body: unknown,
  { workflowId, namespace }: { workflowId: string; namespace: string },
): Submission | Unusable {
  const request = requestSchema.safeParse(body);
  if (!request.success) return { code: 'invalid_request', fields: fieldProblems(request.error) };
  return {
    org: directOrg,
    mailbox,
    direct: true,
    mode: 'live',
    principal: `temporal:${namespace}`,
    key: null,
    dedupeKey: request.data.dedupeKey ?? `workflow:${workflowId}`,
    requestHash: sha256(canonical(withoutKey(request.data))),
    request: request.data,
  };
}
