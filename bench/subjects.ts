/** @module What is measured: each sends one email, or does the least that sending one could be. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { submitUpdate } from '../workflows/messages.js';
import type { ProviderReport } from '../src/core/delivery/receipt.js';
import { signReports } from '../src/providers/index.js';
import type { HouseReady } from './messages.js';

export interface Subjects {
  /** The yardstick, to its result. */
  bare(): Promise<void>;
  /** `submit` by update-with-start, as a door does it, until its receipt is written. */
  send(by: 'null' | 'smtp', to?: string): Promise<string>;
  /** The same, then the provider's webhook says that it was delivered, which ends the workflow. */
  reported(): Promise<string>;
  /** One webhook of the null provider, signed. */
  hook(reports: readonly ProviderReport[]): Promise<{ applied: number; duplicates: number }>;
  /** Over HTTP, to somebody who must not be written to. @throws where it is not denied. */
  denied(to: string): Promise<void>;
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
  const request = (mailbox: string, to = `bench-${randomUUID()}@example.com`): object => ({
    mailbox,
    to,
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
  const send: Subjects['send'] = async (by, to) => {
    const workflowId = `bench_${randomUUID()}`;
    const done = sent(workflowId);
    await client.workflow.executeUpdateWithStart(submitUpdate, {
      updateId: 'submit',
      startWorkflowOperation: new WithStartWorkflowOperation('sendEmail', {
        ...{ workflowId, taskQueue: 'mailwarden', args: [request(house.mailboxes[by], to)] },
        ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
      }),
    });
    await done;
    return workflowId;
  };
  const hook: Subjects['hook'] = async (reports) => {
    const body = JSON.stringify({ reports });
    const headers = signReports(house.hookSecret, body);
    const response = await fetch(`${house.url}/v1/hooks/null`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`a webhook was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { applied: number; duplicates: number };
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
      await hook([{ reportId: randomUUID(), type: 'delivered', message: id }]);
      return id;
    },
    hook,
    async denied(to) {
      const { mailbox, ...body } = request(house.mailboxes.null, to) as { mailbox: string };
      const headers = { authorization, 'content-type': 'application/json' };
      const path = `${house.url}/v1/mailboxes/${mailbox}/messages`;
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      await response.text();
      if (response.status !== 403) throw new Error(`a suppressed address was answered ${response.status}`);
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
