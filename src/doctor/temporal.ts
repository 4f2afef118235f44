/** @module Checks of Temporal: reached, namespace, search attribute, and who polls the task queue. */
import type { Client } from '@temporalio/client';
import { untilConnected } from '../service/connectivity.js';
import { resetCommand } from '../sweep.js';
import { failed, ok, reasonOf, warning, type Finding } from './finding.js';

export interface TemporalToCheck {
  client: Client;
  namespace: string;
  /** `host:port`, where it is known. */
  address?: string | undefined;
  taskQueue: string;
  /** Of deliveries with a rate limit. */
  deliveryQueues?: readonly string[];
  clock: () => Date;
}

const TIMEOUT_MS = 4_000;
const SEARCH_ATTRIBUTE = 'MailwardenStatus';
/** Of `temporal.api.enums.v1`: TaskQueueType. */
const KINDS = { workflow: 1, activity: 2 } as const;
const NOT_FOUND = 5;

export async function checkTemporal(temporal: TemporalToCheck): Promise<Finding[]> {
  const { client, namespace, clock, address = 'its address' } = temporal;
  const service = client.connection.workflowService;
  const within = <T>(call: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(clock().getTime() + TIMEOUT_MS, call);
  let version: string;
  try {
    await untilConnected(client, clock(), TIMEOUT_MS);
    version = (await within(() => service.getSystemInfo({}))).serverVersion ?? 'of an unknown version';
  } catch (error) {
    const mend = 'set TEMPORAL_ADDRESS (or a profile) to where Temporal is, or start `mailwarden dev`';
    return [failed('temporal', `no answer from ${address}: ${reasonOf(error)}`, mend)];
  }
  try {
    await within(() => service.describeNamespace({ namespace }));
  } catch (error) {
    const isMissing = (error as { code?: number }).code === NOT_FOUND;
    return [
      ok('temporal', `server ${version} at ${address}`),
      isMissing
        ? failed(
            'temporal namespace',
            `there is no namespace ${namespace}`,
            `temporal operator namespace create --namespace ${namespace}`,
          )
        : failed(
            'temporal namespace',
            reasonOf(error),
            'give the credentials the right to read the namespace',
          ),
    ];
  }
  return [
    ok('temporal', `server ${version} at ${address}`),
    ok('temporal namespace', namespace),
    await attribute(temporal, within),
    await pollers(temporal, within, 'workflow'),
    await pollers(temporal, within, 'activity'),
    ...(await deliveryPollers(temporal, within)),
    await stuck(temporal, within),
  ];
}

type Within = <T>(call: () => Promise<T>) => Promise<T>;

async function attribute({ client, namespace }: TemporalToCheck, within: Within): Promise<Finding> {
  const check = 'search attribute';
  const mend = `temporal operator search-attribute create --namespace ${namespace} --name ${SEARCH_ATTRIBUTE} --type Keyword`;
  try {
    const { customAttributes } = await within(() =>
      client.connection.operatorService.listSearchAttributes({ namespace }),
    );
    if (SEARCH_ATTRIBUTE in (customAttributes ?? {})) return ok(check, `${SEARCH_ATTRIBUTE} is registered`);
    return warning(
      check,
      `${SEARCH_ATTRIBUTE} is not registered, so Temporal's lists can't filter by status`,
      mend,
    );
  } catch (error) {
    return warning(check, `it could not be looked up: ${reasonOf(error)}`, mend);
  }
}

/** A queue that nobody polls is found out by each email only after a long wait. */
async function deliveryPollers(temporal: TemporalToCheck, within: Within): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const taskQueue of temporal.deliveryQueues ?? [])
    findings.push({
      ...(await pollers({ ...temporal, taskQueue }, within, 'activity')),
      check: 'delivery pollers',
    });
  return findings;
}

async function pollers(
  { client, namespace, taskQueue }: TemporalToCheck,
  within: Within,
  kind: keyof typeof KINDS,
): Promise<Finding> {
  const check = `${kind} pollers`;
  try {
    const described = await within(() =>
      client.connection.workflowService.describeTaskQueue({
        ...{ namespace, taskQueue: { name: taskQueue } },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package that is not ours to import
        taskQueueType: KINDS[kind],
      }),
    );
    const count = described.pollers?.length ?? 0;
    if (count > 0) return ok(check, `${count} on task queue ${taskQueue}`);
    return failed(
      check,
      `nobody polls the task queue ${taskQueue}: what is put there waits`,
      'start `mailwarden worker` with the same taskQueue and namespace',
    );
  } catch (error) {
    return failed(
      check,
      `the task queue ${taskQueue} could not be looked up: ${reasonOf(error)}`,
      'try again',
    );
  }
}

/** Workflows whose task fails again and again; servers that can't tell are believed to have none. */
async function stuck({ client, namespace }: TemporalToCheck, within: Within): Promise<Finding> {
  const check = 'stuck workflows';
  const query = 'ExecutionStatus="Running" AND TemporalReportedProblems IS NOT NULL';
  try {
    const { executions } = await within(() =>
      client.connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 5 }),
    );
    const ids = (executions ?? []).flatMap((one) => one.execution?.workflowId ?? []);
    if (ids.length === 0) return ok(check, 'none');
    const mend = resetCommand(ids[0] ?? '') ?? "look at its last workflow task in Temporal's UI";
    return failed(check, `the task of ${ids.join(', ')} fails again and again`, mend);
  } catch (error) {
    return ok(check, `this server does not tell (${reasonOf(error)})`);
  }
}
