/**
 * @module A Temporal that answers what a test says, for the failures that a real one can't be asked for,
 * and for doors without a worker. What workflows do is tested on the real server.
 */
import type { Client } from '@temporalio/client';
import { requestSchema } from '../../src/core/email/request.js';
import { unseal, type KeyRing } from '../../src/seal.js';
import type { SealedRequest } from '../../src/sealed.js';
import type { Store } from '../../src/store/store.js';
import { attachmentsOf } from '../../activities/attachments.js';
import type { DecisionResult } from '../../activities/interface.js';
import type { Submitted } from '../../workflows/messages.js';

export interface Start {
  id: string;
  updateId: string;
  sealed: string;
  memo: Record<string, unknown>;
}

export interface Script {
  submit(start: Start): Promise<Submitted>;
  update(id: string, name: string, sealed: string, updateId: string): Promise<DecisionResult>;
  signal(id: string, name: string): Promise<void>;
  describe(id: string): Promise<{ type: string; status: { name: string }; memo?: Record<string, unknown> }>;
  result(id: string): Promise<unknown>;
}

interface Operation {
  workflowTypeOrFunc: string;
  options: { workflowId: string; args: [{ mailbox: string; sealed: string }]; memo: Record<string, unknown> };
}

/** What a test did not script fails loudly. */
export function scriptedTemporal(script: Partial<Script>): Client {
  const step = <K extends keyof Script>(name: K): Script[K] => {
    const found = script[name];
    if (!found) throw new Error(`the test did not expect ${name}`);
    return found;
  };
  return {
    options: { namespace: 'default' },
    connection: { workflowService: { getSystemInfo: async () => ({}) } },
    withDeadline: async (_: number, call: () => Promise<unknown>) => await call(),
    workflow: {
      executeUpdateWithStart: async (
        _: unknown,
        { updateId, startWorkflowOperation }: { updateId: string; startWorkflowOperation: Operation },
      ) => {
        const { workflowId, args, memo } = startWorkflowOperation.options;
        return await step('submit')({ id: workflowId, updateId, sealed: args[0].sealed, memo });
      },
      getHandle: (id: string) => ({
        executeUpdate: async (
          update: { name: string },
          options: { args?: [{ sealed: string }]; updateId?: string } = {},
        ) => await step('update')(id, update.name, options.args?.[0].sealed ?? '', options.updateId ?? ''),
        signal: async (signal: { name: string }) => await step('signal')(id, signal.name),
        describe: async () => await step('describe')(id),
        result: async () => await step('result')(id),
      }),
    },
  } as unknown as Client;
}

/** Does to the store what a worker would do at admission, so that a door's answers are real ones. */
export const admitting =
  (store: Store, ring: KeyRing): Script['submit'] =>
  async ({ id, sealed }) => {
    const text = sealed.startsWith('blob:')
      ? new TextDecoder().decode((await store.blob(sealed.slice(5))) ?? new Uint8Array())
      : sealed;
    const { request, ...who } = (await unseal(ring, 'request', text)) as SealedRequest;
    const { category, sendAt, expiresAt, reason, context, tags, metadata, ...content } =
      requestSchema.parse(request);
    const attachments = await attachmentsOf(store, { ...who, id }, content);
    if ('code' in attachments) throw new Error('the door let an attachment pass that is none');
    const admitted = await store.admit({
      ...{ ...who, id, run: `run-${id}`, category, sendAt, expiresAt, reason, context, tags, metadata },
      ...{ content, attachments },
    });
    return { view: admitted.view, requestHash: admitted.requestHash };
  };
