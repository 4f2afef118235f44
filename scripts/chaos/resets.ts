/**
 * @module An operator who resets what runs, or has run: for one email of each provider, its workflow at each event
 * to which Temporal lets it be reset, and its delivery while it waits, while it sends, and while it is answered.
 */
import { Client, Connection } from '@temporalio/client';
import { resetPoints, resetTo } from '../../test/support/workflow-history.js';
import { sleep } from '../kill/chance.js';
import type { Moment } from './provider-wire.js';
import { BACKUP, type Scene } from './scene.js';
import type { Traffic } from './traffic.js';

export interface Resets {
  workflows: number;
  activities: number;
}

const NAMESPACE = 'default';
/** Milliseconds for one email to come to a point, or to its end. */
const PATIENCE = 20_000;
const MOMENTS: readonly Moment[] = ['connected', 'taken', 'reply'];

export async function resetAll(scene: Scene, traffic: Traffic): Promise<Resets> {
  const connection = await Connection.connect({ address: scene.house.temporal });
  const client = new Client({ connection, namespace: NAMESPACE });
  const done: Resets = { workflows: 0, activities: 0 };
  try {
    for (const provider of scene.fakes.keys())
      if (provider !== BACKUP) {
        done.workflows += await resetWorkflow(traffic, provider, client);
        done.activities += await resetActivities(scene, traffic, provider, client);
      }
    return done;
  } finally {
    await connection.close();
  }
}

/** With what was sent to it said again, and with that left out. */
async function resetWorkflow(traffic: Traffic, provider: string, { workflow }: Client): Promise<number> {
  const email = traffic.send({
    ...{ provider, slot: 0, point: 'workflow reset', victim: 'reset', needs: 'report' },
  });
  if (!(await until(() => email.reported))) return 0;
  const handle = workflow.getHandle(email.id);
  let resets = 0;
  for (const point of await resetPoints(handle))
    for (const messages of ['reapplied', 'left out'] as const) {
      await resetTo(handle, point, messages);
      resets += 1;
      // What a sweep does for a run to which nobody repeats that its report is there; it may have ended before.
      await handle.signal('deliveryReport').catch(() => undefined);
      await handle.result();
    }
  return resets;
}

async function resetActivities(
  { ambush }: Scene,
  traffic: Traffic,
  provider: string,
  client: Client,
): Promise<number> {
  let resets = 0;
  for (const moment of MOMENTS) {
    const email = traffic.send({
      ...{ provider, slot: 0, point: `activity reset, ${moment}`, victim: 'reset', needs: undefined },
    });
    ambush.lay({ emails: [email.number], fits: ({ what }) => what === `${moment} ${provider}` });
    try {
      if ((await ambush.caught(PATIENCE)).length > 0) resets += await resetPending(client, email.id);
    } finally {
      ambush.spring([]);
    }
  }
  return resets;
}

/** As `temporal activity reset` does. How many deliveries were pending. */
async function resetPending({ workflow, connection }: Client, workflowId: string): Promise<number> {
  const { raw } = await workflow.getHandle(workflowId).describe();
  const pending = raw.pendingActivities ?? [];
  for (const { activityId } of pending)
    await connection.workflowService.resetActivity({
      ...{ namespace: NAMESPACE, execution: { workflowId }, id: activityId ?? null },
      identity: 'chaos',
    });
  return pending.length;
}

async function until(is: () => boolean): Promise<boolean> {
  const end = Date.now() + PATIENCE;
  while (!is() && Date.now() < end) await sleep(50);
  return is();
}
