/** @module The yardstick: the least that a durable email could be, a workflow with one activity. Sandbox-safe. */
import { proxyActivities } from '@temporalio/workflow';

const { deliver } = proxyActivities<{ deliver(): Promise<void> }>({ startToCloseTimeout: '10s' });

export async function bare(_request: unknown): Promise<string> {
  await deliver();
  return 'sent';
}
