/** @module What is measured: each sends one email, or does the least that sending one could be. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { submitUpdate } from '../workflows/messages.js';
import type { HouseReady } from './messages.js';

export interface Subjects {
  /** The yardstick, to its result. */
  bare(): Promise<void>;
  /** `submit` by update-with-start, as a door does it, until its receipt is written. */
  send(to: 'null' | 'smtp'): Promise<string>;
  /** The same, then the provider's webhook says that it was delivered, which ends the workflow. */
  reported(): Promise<string>;
  /** Over HTTP, until the answer. */
  door(): Promise<void>;
  /** Over HTTP to a route that only starts the workflow: no key, no seal, no store. */
  bareDoor(): Promise<void>;
  /** Over HTTP, and waits for a person. */
  held(): Promise<void>;
  /** Over HTTP; `path` with its query. */
  get(path: string): Promise<unknown>;
}

export function subjects(
  client: Client,
  house: HouseReady,
  /** Resolves once the house said that this id was sent. */
  sent: (id: string) => Promise<void>,
): Subjects {
  const request = (mailbox: string): object => ({
    mailbox,
    to: `bench+${randomUUID()}@example.com`,
    subject: 'Your order has shipped',
    text: 'It will be with you on Thursday.\n'.repeat(20),
    dedupeKey: randomUUID(),
  });
  const authorization = `Bearer ${house.key}`;
  const post = async (path: string, body: unknown, base = house.url): Promise<void> => {
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (response.ok) return;
      // "Not now" is an answer too; it costs time, which counts, and the same key makes it the same email.
      if (response.status !== 503 || tries === 10)
        throw new Error(`${path} answered ${response.status}: ${text}`);
    }
  };
  const overHttp = async (mailbox: string): Promise<void> => {
    const { mailbox: id, ...body } = request(mailbox) as { mailbox: string };
    await post(`/v1/mailboxes/${id}/messages`, body);
  };
  const send: Subjects['send'] = async (to) => {
    const workflowId = `bench_${randomUUID()}`;
    const done = sent(workflowId);
    await client.workflow.executeUpdateWithStart(submitUpdate, {
      updateId: 'submit',
      startWorkflowOperation: new WithStartWorkflowOperation('sendEmail', {
        ...{ workflowId, taskQueue: 'mailwarden', args: [request(house.mailboxes[to])] },
        ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
      }),
    });
    await done;
    return workflowId;
  };
  return {
    async bare() {
      await client.workflow.execute('bare', {
        workflowId: `bare_${randomUUID()}`,
        taskQueue: 'bare',
        args: [request(house.mailboxes.null)],
      });
    },
    send,
    async reported() {
      const id = await send('null');
      await post('/v1/hooks/null', [{ reportId: randomUUID(), type: 'delivered', message: id }]);
      return id;
    },
    door: () => overHttp(house.mailboxes.null),
    bareDoor: () => post('/', request(house.mailboxes.null), house.bareUrl),
    held: () => overHttp(house.mailboxes.held),
    async get(path) {
      const response = await fetch(`${house.url}${path}`, { headers: { authorization } });
      const body: unknown = await response.json();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
      return body;
    },
  };
}
