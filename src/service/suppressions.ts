/**
 * @module The verbs on addresses that must not be written to.
 */
import { Problem } from '../errors.js';
import type { Caller, SuppressionRow, WantedSuppression } from '../store/store.js';
import { visibleMailbox } from './access.js';
import { csvOf } from './csv.js';
import type { Verb } from './deps.js';
import { importRows, parsedRow } from './import.js';
import { unavailable } from './outage.js';
import { bytesOf } from './schemas/bytes.js';
import { SUPPRESSION_COLUMNS, suppressionAddSchema } from './schemas/suppression.js';

export const listSuppressions: Verb<'suppressions.list'> = async (
  { store },
  { org, mode, mailboxes },
  filter,
) => {
  const { items, cursor } = await store.suppressions({ org, mode, mailboxes, ...filter });
  return { items: items.map(shown), cursor };
};

export const addSuppression: Verb<'suppressions.add'> = async (deps, caller, { mailbox, ...asked }) => {
  mayAdd(caller, asked.scope);
  const bound = mailbox === undefined ? undefined : (await visibleMailbox(deps, caller, mailbox)).id;
  const { org, mode, principal } = caller;
  const row = { org, mode, ...asked, mailbox: bound, source: 'api', by: principal };
  return shown(await deps.store.addSuppression(row));
};

/** @throws Problem `scope_missing`. */
function mayAdd(caller: Caller, scope: SuppressionRow['scope']): void {
  if (caller.mailboxes === null || scope === 'mailbox') return;
  throw new Problem('scope_missing', {
    detail: 'your key is bound to mailboxes: give scope mailbox, and one of them as mailbox',
    field: 'scope',
  });
}

export const checkSuppressions: Verb<'suppressions.check'> = async (deps, caller, { address, mailbox }) => {
  const { org, mode } = caller;
  const mailboxes =
    mailbox === undefined ? caller.mailboxes : [(await visibleMailbox(deps, caller, mailbox)).id];
  // Whatever is wrong: an answer of `clear` by somebody who does not know would let an email go.
  const rows = await deps.store.suppressionsOn({ org, mode, mailboxes, address }).catch((error: unknown) => {
    deps.log.error({ err: error }, 'the suppression list cannot be read');
    throw unavailable(error);
  });
  const reasons = rows.map(({ id, scope, mailbox: of, reason, expiresAt }) => {
    const stops = reason === 'unsubscribe' ? ('but_transactional' as const) : ('all' as const);
    return { id, scope, mailbox: of, reason, stops, expiresAt };
  });
  return { address, suppressed: reasons.length > 0, reasons };
};

export const importSuppressions: Verb<'suppressions.import'> = async (deps, caller, given) => {
  const { org, mode, principal } = caller;
  const ids = new Map<string, string>();
  const idOf = async (name: string): Promise<string> => {
    const id = ids.get(name) ?? (await visibleMailbox(deps, caller, name)).id;
    ids.set(name, id);
    return id;
  };
  return await importRows(
    bytesOf(given),
    SUPPRESSION_COLUMNS,
    async ({ source: _source, createdAt: _createdAt, ...values }): Promise<WantedSuppression> => {
      const { mailbox, ...asked } = parsedRow(suppressionAddSchema, values);
      mayAdd(caller, asked.scope);
      const bound = mailbox === undefined ? undefined : await idOf(mailbox);
      return { org, mode, ...asked, mailbox: bound, source: 'import', by: principal };
    },
    (rows) => deps.store.addSuppressions(rows),
  );
};

export const exportSuppressions: Verb<'suppressions.export'> = async ({ store }, caller, page) => {
  const { org, mode, mailboxes } = caller;
  const { items, cursor } = await store.suppressions({ org, mode, mailboxes, ...page });
  const csv = csvOf(SUPPRESSION_COLUMNS, items, page.cursor === undefined);
  return { csv, rows: items.length, cursor };
};

export const removeSuppression: Verb<'suppressions.remove'> = async (
  { store },
  { org, mode, mailboxes, principal },
  { id },
) => {
  if (await store.removeSuppression({ org, mode, mailboxes, id, by: principal }))
    return { id, removed: true };
  throw new Problem('not_found', {
    detail: 'there is no such suppression, or the key may not see it',
    field: 'id',
  });
};

const shown = ({ org: _org, ...row }: SuppressionRow): Omit<SuppressionRow, 'org'> => row;
