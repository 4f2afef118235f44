/**
 * @module One round of the sweep: looks at the messages that have been quiet for too long and asks Temporal
 * what became of their workflows. What a lost one left behind is settled, one that is late is woken, one whose
 * tasks fail again and again is named in the log. Only a clear answer settles anything; the store's own
 * compare-and-set says whether it still holds.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { isOutage } from './service/outage.js';
import { withDeadline, type TemporalDeps } from './service/temporal.js';
import { wake } from './service/wake.js';
import type { Store, Unswept, WorkflowEnd } from './store/store.js';

export interface SweepDeps extends TemporalDeps {
  store: Pick<Store, 'takeLease' | 'unswept' | 'looked' | 'settleLost' | 'deleteExpired'>;
  temporal: { client: Client };
  /** Names this process to the others. */
  holder: string;
  /** Milliseconds. */
  interval: number;
  dedupeWindowMs: number;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** What a round did, by count. */
export interface Swept {
  looked: number;
  settled: number;
  woken: number;
  wedged: number;
  /** What had expired and was deleted: fingerprints, input, answers. */
  deleted: number;
}

const LEASE = 'sweep';
const NAMESPACE_LEASE = 'temporal namespace';
const FOR_EVER_MS = 100 * 365 * 24 * 3_600_000;
/** A sweeper that died is followed by another after this. */
const LEASE_MS = 90_000;
/** Messages of one page, and pages of one round; what is left then is the next round's. */
const PAGE = 100;
const MOST_PAGES = 10;
const ROUND_MS = 30_000;
const PARALLEL = 8;
const MOST_DELETED = 500;
/** A workflow task that failed this often fails for a reason that does not go away. */
const MOST_TRIES = 3;

/**
 * Null where another process sweeps. Throws where the store does not answer; where Temporal does not, the
 * round ends and nothing is settled.
 */
export async function sweep(deps: SweepDeps, stopping = (): boolean => false): Promise<Swept | null> {
  const { store, clock, interval, holder } = deps;
  const begun = clock().getTime();
  const hold = (forMs: number): Promise<boolean> => store.takeLease({ name: LEASE, holder, forMs });
  if (!(await hold(LEASE_MS))) return null;
  const swept: Swept = { looked: 0, settled: 0, woken: 0, wedged: 0, deleted: 0 };
  const isHere = await isItsNamespace(deps);
  for (let pages = 0; isHere && pages < MOST_PAGES; pages++) {
    if (stopping() || clock().getTime() - begun > ROUND_MS) break;
    const page = await store.unswept(PAGE);
    if (!(await lookAtAll(deps, page, swept, stopping)) || page.length < PAGE || !(await hold(LEASE_MS)))
      break;
  }
  const expired = await store.deleteExpired({
    dedupeWindowMs: deps.dedupeWindowMs,
    limit: MOST_DELETED,
  });
  swept.deleted = Object.values(expired).reduce((sum, count) => sum + count, 0);
  // Kept until just before the next round is due, so that of many workers one sweeps once per interval.
  await hold(stopping() ? 0 : Math.max(0, begun + interval * 0.9 - clock().getTime()));
  if (swept.settled + swept.woken + swept.wedged + swept.deleted > 0) deps.log.info(swept, 'swept');
  return swept;
}

/**
 * A workflow is only missed where it ran: in another namespace nobody would find any, and every email would count
 * as lost. So the first namespace that is swept keeps the database, by a lease that does not end.
 */
async function isItsNamespace({ store, log, ...deps }: SweepDeps): Promise<boolean> {
  const { client } = deps.temporal;
  const { namespace } = client.options;
  try {
    const { namespaceInfo } = await withDeadline(deps, 'ask', () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    const id = namespaceInfo?.id;
    if (id && (await store.takeLease({ name: NAMESPACE_LEASE, holder: id, forMs: FOR_EVER_MS }))) return true;
    log.error(
      { namespace },
      `the emails of this database run in another Temporal namespace, so nothing is swept; where they have really moved, delete '${NAMESPACE_LEASE}' from the table leases`,
    );
  } catch (error) {
    if (isOutage(error)) log.warn({ err: error }, 'the sweep ends early: a service does not answer');
    else log.error({ namespace, err: error }, 'the sweep could not ask for its namespace');
  }
  return false;
}

/** False where Temporal does not answer. */
async function lookAtAll(
  deps: SweepDeps,
  page: readonly Unswept[],
  swept: Swept,
  stopping: () => boolean,
): Promise<boolean> {
  const rest = [...page];
  let answers = true;
  const look = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined && answers && !stopping(); one = rest.shift())
      try {
        await lookAt(deps, one, swept);
      } catch (error) {
        if (isOutage(error)) {
          answers = false;
          deps.log.warn({ err: error }, 'the sweep ends early: a service does not answer');
        } else {
          // One that can't be looked at must not keep the others waiting.
          deps.log.error({ id: one.id, err: error }, 'the sweep could not look at an email');
          await deps.store.looked(one);
        }
      }
  };
  await Promise.all(Array.from({ length: PARALLEL }, look));
  return answers;
}

async function lookAt(deps: SweepDeps, one: Unswept, swept: Swept): Promise<void> {
  const { id, run, lookedFor } = one;
  swept.looked += 1;
  const { workflow, tries } = await stateOf(deps, one);
  if (workflow !== 'running') {
    const { result } = await deps.store.settleLost({ id, run, workflow });
    if (result === 'over') await deps.store.looked({ id, lookedFor, again: null });
    if (result !== 'settled') return;
    swept.settled += 1;
    deps.log.warn({ id, workflow }, 'an email whose workflow is gone was settled');
    return;
  }
  if (tries > MOST_TRIES) {
    swept.wedged += 1;
    alarm(deps, id, tries);
    await deps.store.looked(one);
    return;
  }
  const found = one.isClaimed && (await deps.store.settleLost({ id, run, workflow })).result === 'settled';
  if (found) swept.settled += 1;
  const heard = found || one.isLate ? await wake(deps, id) : 'unasked';
  if (heard === 'woken') swept.woken += 1;
  // It is closed, and knows it: nothing is left to look for.
  const isDone = one.isOver && heard !== 'asleep';
  await deps.store.looked({ id, lookedFor, again: isDone ? null : one.again });
}

interface Found {
  workflow: WorkflowEnd | 'running';
  /** Of the workflow task that is pending. */
  tries: number;
}

const ENDS: Readonly<Record<string, WorkflowEnd | 'running'>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
};

/** What Temporal says of the run that owns the message. A reset keeps the first run, another start does not. */
async function stateOf(deps: SweepDeps, { id, run }: Unswept): Promise<Found> {
  const { client } = deps.temporal;
  const describe = (runId?: string): ReturnType<ReturnType<typeof client.workflow.getHandle>['describe']> =>
    withDeadline(deps, 'ask', () => client.workflow.getHandle(id, runId).describe());
  try {
    const newest = await describe();
    const { firstRunId } = newest.raw.workflowExecutionInfo ?? {};
    // An older server does not say; then a reset could not be told from another start.
    if (!firstRunId && newest.runId !== run) throw new Error('the server does not name the first run');
    const isOurs = newest.runId === run || firstRunId === run;
    const { status, raw } = isOurs ? newest : await describe(run);
    const workflow = ENDS[status.name];
    if (workflow === undefined) throw new Error(`the workflow is ${status.name}`);
    return { workflow, tries: raw.pendingWorkflowTask?.attempt ?? 0 };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { workflow: 'not_found', tries: 0 };
    throw error;
  }
}

/**
 * Takes a stuck workflow back to before the signal that it can't read. None for an id that a direct starter chose and
 * that could end the quotes of a command that somebody is told to paste.
 */
export const resetCommand = (id: string): string | undefined =>
  /^[\w.:-]+$/u.test(id)
    ? `temporal workflow reset --workflow-id '${id}' --type LastWorkflowTask --reapply-exclude Signal --reason wedged`
    : undefined;

function alarm(deps: SweepDeps, id: string, tries: number): void {
  deps.log.error(
    { id, attempt: tries, command: resetCommand(id) },
    'the workflow of an email is stuck: its task fails again and again. Where a signal that nobody can read is ' +
      'the cause, the command takes the workflow back to before it, without its signals; nothing is sent twice',
  );
}
