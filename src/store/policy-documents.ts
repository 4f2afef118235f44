/**
 * @module What the digest in a verdict stands for. A document is written when it first judges an email: a new version of
 * Mailwarden may have other defaults, so that a policy changes without anybody having set it.
 */
import type { Kysely } from 'kysely';
import { canonical } from '../core/email/canonical.js';
import type { Autonomy, Policy } from '../core/policy/schema.js';
import { anyOf } from './any-of.js';
import { fromJson, iso, toJson, type Json } from './json.js';
import type { PolicyDocument, PolicySubject } from './port/policies.js';
import type { StoreSettings } from './settings.js';
import type { Tables } from './tables.js';
import { single, type Work } from './work.js';

export interface PolicyDocumentsTable {
  org: string;
  /** `org` where it is the org's policy alone. */
  mailbox: string;
  digest: string;
  document: Json;
  created_at: Date;
}

/** What judges the emails of a mailbox; without autonomy, what its org says. */
interface Document {
  policy: Policy;
  autonomy?: Autonomy | null | undefined;
}

/** Whatever else it has. */
const documentOf = ({ policy, autonomy }: Document): Document => ({
  policy,
  ...(autonomy !== null && autonomy !== undefined && { autonomy }),
});

/** Half of a SHA-256, in hex: nobody finds two documents with the same. */
const DIGEST_LENGTH = 32;
const digests = new WeakMap<Policy, Map<string, string>>();

export function digestOf({ sha256 }: Pick<StoreSettings, 'sha256'>, { policy, autonomy }: Document): string {
  const name = canonical(autonomy ?? null);
  const known = digests.get(policy) ?? new Map<string, string>();
  digests.set(policy, known);
  const digest = known.get(name) ?? sha256(toJson(documentOf({ policy, autonomy }))).slice(0, DIGEST_LENGTH);
  known.set(name, digest);
  return digest;
}

const MOST_KNOWN = 10_000;
/** Those that are certainly in the database of these settings, as `org mailbox digest`. */
const written = new WeakMap<StoreSettings, Set<string>>();

/** The org where a mailbox is named: no mailbox has such an id. */
const OF_ORG = 'org';

/** The digest of what can be looked up by it from this transaction on. */
export function keepDocument(
  { trx, now, settings, later, afterwards }: Work,
  { org, mailbox: id }: PolicySubject,
  what: Document,
): string {
  const mailbox = id ?? OF_ORG;
  const digest = digestOf(settings, what);
  const name = `${org} ${mailbox} ${digest}`;
  const known = written.get(settings) ?? new Set<string>();
  written.set(settings, known);
  if (known.has(name)) return digest;
  const row = { org, mailbox, digest, document: toJson(documentOf(what)), created_at: now };
  later(
    `policy ${name}`,
    trx
      .insertInto('policy_documents')
      .values(row)
      .onConflict((conflict) => conflict.doNothing()),
  );
  afterwards(() => {
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(name);
  });
  return digest;
}

export const policyDocument =
  (db: Kysely<Tables>) =>
  async (
    org: string,
    digest: string,
    mailboxes: readonly string[] | null,
  ): Promise<PolicyDocument | null> => {
    const row = await single(
      db
        .selectFrom('policy_documents')
        .selectAll()
        .where('org', '=', org)
        .where('digest', '=', digest)
        .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst(),
    );
    if (row === undefined) return null;
    const { policy, autonomy = null } = fromJson<Document>(row.document);
    return { org, digest, policy, autonomy, createdAt: iso(row.created_at) };
  };
