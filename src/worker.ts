/**
 * @module The worker: runs the workflows and activities of this package on one task queue.
 */
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities, type Dependencies } from '../activities/index.js';
import type { Hash } from './core/email/canonical.js';

/** SHA-256 in lower-case hex: the hash of digests, ids and keys. */
export const sha256: Hash = (text) => createHash('sha256').update(text).digest('hex');

/** The workflows as a worker takes them: bundled at build time where they were, else bundled at start. */
function workflows(): Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'> {
  const codePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: workflowsPath() };
}

/** The workflows' entry: TypeScript where this file is, its compiled form in the package. */
export function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
}

type Given = Omit<Dependencies, 'sha256' | 'monotonic'>;

/** The activities, with the clockwork that is the same for every worker. */
export const activitiesOf = (given: Given): ReturnType<typeof createActivities> =>
  createActivities({ ...given, sha256, monotonic: () => performance.now() });

export interface WorkerSetup {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dependencies: Omit<Given, 'searchAttribute'> & Partial<Pick<Given, 'searchAttribute'>>;
  /** Anything else that Worker.create takes. */
  options?: Partial<WorkerOptions>;
}

/** Makes a worker; `run()` it. The caller closes the connection, the store and the providers. */
export async function createWorker({
  connection,
  namespace,
  taskQueue,
  dependencies,
  options,
}: WorkerSetup): Promise<Worker> {
  const searchAttribute =
    dependencies.searchAttribute ?? (await knowsSearchAttribute(connection, namespace, dependencies.log));
  return await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(options?.workflowBundle ? {} : workflows()),
    activities: activitiesOf({ ...dependencies, searchAttribute }),
    // After a kill, updates wait for the sticky queue of the dead worker; 2 s instead of 10 (measured).
    stickyQueueScheduleToStartTimeout: '2s',
    // More at once would only wait for the store's connections, with the clock of their time-outs running.
    maxConcurrentLocalActivityExecutions: 10,
    shutdownGraceTime: '10s',
    ...options,
  });
}

/** Setting an attribute that isn't registered wedges a workflow, so it is set only where it is known. */
async function knowsSearchAttribute(
  connection: NativeConnection,
  namespace: string,
  log: Logger,
): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return 'MailwardenStatus' in (customAttributes ?? {});
  } catch {
    log.warn('cannot list search attributes; MailwardenStatus will not be set');
    return false;
  }
}
