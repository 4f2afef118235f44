/**
 * @module The verbs on emails of which nobody knows whether they were sent: which they are, and what a person says of
 * many at once, each by the same way as one alone.
 */
import type { Caller, UnknownFilter, UnknownRow } from '../store/store.js';
import { mailboxesAsked, requirePerson } from './access.js';
import { changeable } from './change.js';
import { DEADLINES, type ServiceDeps, type Verb } from './deps.js';
import { problemOf } from './outage.js';
import { resolveTries } from './resolve.js';
import { momentOf, type UnknownResolved } from './schemas/unknown.js';

const AT_ONCE = 8;

type Result = UnknownResolved['results'][number];
type Asked = { provider?: string | undefined } & Partial<
  Record<'since' | 'until' | 'mailbox', string | undefined>
>;

export const listUnknown: Verb<'unknown.list'> = async (deps, caller, { limit, cursor, ...asked }) => {
  const { items, cursor: next } = await deps.store.unknown({
    ...(await filterOf(deps, caller, asked)),
    ...{ limit, cursor },
  });
  return {
    items: items.map(({ id, mailbox, provider, tries, since, lookups }) => ({
      ...{ id, mailbox, provider, recipients: indexesOf(tries), since, lookups },
    })),
    cursor: next,
  };
};

export const resolveUnknown: Verb<'unknown.resolve'> = async (deps, caller, input, _raw, { signal }) => {
  requirePerson(caller);
  const { as, dryRun, limit, cursor, ...asked } = input;
  const page = await deps.store.unknown({ ...(await filterOf(deps, caller, asked)), limit, cursor });
  const { batch } = { ...DEADLINES, ...deps.deadlines };
  const end = deps.clock().getTime() + batch;
  const isOver = (): boolean => signal?.aborted === true || deps.clock().getTime() >= end;
  const results: Result[] = [];
  const rest = [...page.items.entries()];
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [place, row] = next;
      const known = { id: row.id, provider: row.provider, recipients: indexesOf(row.tries) };
      results[place] = dryRun
        ? { ...known, result: isLeased(deps, row) ? 'lease_active' : 'would_resolve' }
        : { ...known, ...(isOver() ? { result: 'not_tried' } : await resolveOne(deps, caller, row, as)) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { as, dryRun, counts: countsOf(results), results, cursor: page.cursor };
};

async function resolveOne(
  deps: ServiceDeps,
  caller: Caller,
  { id, tries }: UnknownRow,
  as: UnknownResolved['as'],
): Promise<Pick<Result, 'result' | 'code'>> {
  try {
    await resolveTries(deps, caller, await changeable(deps, caller, id), { as, unknown: tries });
    return { result: 'resolved' };
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === 'lease_active') return { result: 'lease_active' };
    if (problem.code === 'conflict') return { result: 'not_unknown' };
    if (problem.status >= 500)
      deps.log.error({ id, code: problem.code, err: problem.cause ?? error }, 'an email was not resolved');
    return { result: 'failed', code: problem.code };
  }
}

async function filterOf(
  deps: ServiceDeps,
  caller: Caller,
  { provider, since, until, mailbox }: Asked,
): Promise<Omit<UnknownFilter, 'limit' | 'cursor'>> {
  const { org, mode } = caller;
  const now = deps.clock();
  return {
    ...{ org, mode, mailboxes: await mailboxesAsked(deps, caller, mailbox), provider },
    since: since && momentOf(since, now),
    until: until && momentOf(until, now),
  };
}

const indexesOf = (tries: UnknownRow['tries']): number[] => tries.map((one) => one.index);

const isLeased = ({ clock }: ServiceDeps, { leaseUntil }: UnknownRow): boolean =>
  leaseUntil > clock().toISOString();

function countsOf(results: readonly Result[]): UnknownResolved['counts'] {
  const counts: UnknownResolved['counts'] = {};
  for (const { result } of results) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
