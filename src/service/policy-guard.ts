/**
 * @module A key without `policy:admin` may make a policy stricter, and nothing else. What it would loosen waits for a
 * person, and its caller is told where.
 */
import { loosenedFields } from '../core/policy/loosening.js';
import { applyPatch, type Patch } from '../core/policy/patch.js';
import { policySchema, type Policy } from '../core/policy/schema.js';
import { fieldProblems } from '../core/email/problem.js';
import { Problem } from '../errors.js';
import type { Caller, PolicySubject } from '../store/store.js';
import type { ServiceDeps } from './deps.js';
import { invalid } from './invalid.js';

/** What holds with this patch. `field`: where the caller wrote it. @throws Problem where it is no policy. */
export function policyAfter(below: Patch, patch: Patch, field: string): Policy {
  const parsed = policySchema.safeParse(applyPatch(applyPatch({}, below), patch));
  if (parsed.success) return parsed.data;
  throw invalid(
    fieldProblems(parsed.error).map((one) => ({ ...one, field: `${field}${one.field && '.'}${one.field}` })),
  );
}

/** The page on which a person decides. */
export const policyChangeUrl = (publicUrl: string, id: string): string =>
  `${publicUrl.replace(/\/+$/u, '')}/review/policy/${encodeURIComponent(id)}`;

export interface Tightening extends PolicySubject {
  before: Policy;
  after: Policy;
  /** All that the mailbox is to say itself. */
  patch: Patch;
  /** Digest of what holds before. */
  basedOn: string;
  why?: string | undefined;
}

/** @throws Problem `human_decision_required` where the key may not do this alone. */
export async function requireTightening(
  { store, publicUrl }: ServiceDeps,
  caller: Caller,
  { org, mailbox, before, after, patch, basedOn, why }: Tightening,
): Promise<void> {
  if (caller.scopes.includes('policy:admin')) return;
  const fields = loosenedFields(before, after);
  if (fields.length === 0) return;
  if (mailbox === null) throw aloneNot(fields, 'use a key with the scope policy:admin');
  const { principal: by, key } = caller;
  const change = await store.proposePolicy({ org, mailbox, patch, basedOn, fields, why, by, key });
  // Somebody else was faster: whoever asks looks at what holds now, and asks again.
  if (change === 'stale') return;
  if (change === null) throw new Problem('mailbox_unknown', { detail: 'there is no such mailbox' });
  if (change === 'full')
    throw new Problem('conflict', {
      detail:
        'too many changes of this policy wait for a person already: GET /v1/policy/changes?status=pending',
    });
  const url = policyChangeUrl(publicUrl, change.id);
  throw aloneNot(
    fields,
    `a person with the scope policy:admin grants it at ${url}, or with \`mailwarden policy approve ${change.id}\``,
    { change: { id: change.id, status: change.status, url } },
  );
}

/** A new mailbox has nothing yet that could wait: it begins with what its org says, or stricter. @throws Problem. */
export function requireStricterStart(caller: Caller, before: Policy, after: Policy): void {
  if (caller.scopes.includes('policy:admin')) return;
  const fields = loosenedFields(before, after);
  if (fields.length > 0)
    throw aloneNot(fields, 'make the mailbox without these; then ask for them with PUT /v1/policy');
}

const MOST_NAMED = 10;

function aloneNot(fields: readonly string[], how: string, members: Record<string, unknown> = {}): Problem {
  const named = fields.slice(0, MOST_NAMED).join(', ');
  const more = fields.length > MOST_NAMED ? ` and ${fields.length - MOST_NAMED} more` : '';
  return new Problem('human_decision_required', {
    detail: `this loosens ${named}${more}, and nothing was changed; ${how}`,
    members: { loosens: fields, ...members },
  });
}
