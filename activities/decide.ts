/**
 * @module Decisions, from whatever side: each is authenticated here and then put to the store's one
 * compare-and-set, which says who won.
 */
import { z } from 'zod';
import { prose } from '../src/core/email/request.js';
import type { Purpose } from '../src/seal.js';
import type { SealedDecision, SealedReschedule, SealedResolution, SealedRevision } from '../src/sealed.js';
import type { Decision } from '../src/store/store.js';
import { attachmentsOf } from './attachments.js';
import type { Dependencies } from './dependencies.js';
import { hostsOf } from './hosts.js';
import type { CoreActivities, DecisionResult } from './interface.js';
import { plan } from './plan.js';
import { derivedText } from './text.js';
import { openSealed } from './unseal.js';

type Decisions = Pick<
  CoreActivities,
  'decide' | 'decideBySignal' | 'expire' | 'cancelByTemporal' | 'revise' | 'reschedule' | 'resolve'
>;

const argumentSchema = z.object({
  by: prose(200).min(1),
  digest: prose(128).optional(),
  comment: prose(2_000).optional(),
  token: z.string().max(8_192).optional(),
});
const ACTIONS = { approve: 'approve', reject: 'reject', cancel: 'cancel' } as const;

export function decisions(deps: Dependencies): Decisions {
  const { store, clock } = deps;

  const put = async (decision: Decision): Promise<DecisionResult> => {
    const { result, view } = await store.decide(decision);
    return { result, view: plan(deps, view) };
  };
  /** The message as it stands, with the reason why nothing was done. */
  const refused = async (id: string, result: string): Promise<DecisionResult> => {
    const view = await store.view(id);
    return { result, view: view && plan(deps, view) };
  };
  /** Opens what a door sealed for this message; null where it isn't genuine or is for another one. */
  const open = async <T extends { id: string }>(
    purpose: Purpose,
    id: string,
    sealed: string,
  ): Promise<T | null> => {
    const value = await openSealed<T>(deps, purpose, sealed);
    return value?.id === id ? value : null;
  };

  return {
    async decide({ id, sealed }) {
      const decision = await open<SealedDecision>('decision', id, sealed);
      if (decision === null) return await refused(id, 'invalid_seal');
      return await put({ ...decision, via: 'door' });
    },

    async decideBySignal({ id, action, argument, early }) {
      const named = ACTIONS[action as keyof typeof ACTIONS];
      const parsed = argumentSchema.safeParse(argument ?? {});
      if (named === 'cancel') {
        // A cancel only ever stops an email, so it needs no name.
        return await put({ id, action: 'cancel', by: parsed.data?.by ?? 'signal', via: 'signal' });
      }
      if (!parsed.success) return await refused(id, 'invalid_argument');
      const { by, digest, comment, token } = parsed.data;
      const { signals } = deps.config.approval;
      if (token !== undefined && signals !== 'off') {
        const signed = await open<SealedDecision>('approval-token', id, token);
        const current = signed?.expiresAt !== undefined && signed.expiresAt > clock().toISOString();
        if (!signed || !current || signed.action !== named) return await refused(id, 'invalid_token');
        return await put({ ...signed, comment, via: 'signed' });
      }
      if (signals !== 'any') return await refused(id, 'signals_off');
      // An empty digest fits no email: the decision is recorded, and counts for nothing.
      return await put({
        id,
        action: named,
        by,
        digest: digest ?? (early ? '' : undefined),
        comment,
        via: 'signal',
      });
    },

    expire: ({ id }) => put({ id, action: 'expire', by: 'deadline', via: 'deadline' }),
    cancelByTemporal: ({ id }) => put({ id, action: 'cancel', by: 'temporal', via: 'temporal' }),

    async revise({ id, sealed }) {
      const change = await open<SealedRevision>('revision', id, sealed);
      if (change === null) return await refused(id, 'invalid_seal');
      const { org, mode, content, ...named } = change;
      const attachments = await attachmentsOf(store, { org, mode, id }, content);
      if ('code' in attachments) return await refused(id, 'attachment_unknown');
      const before = await store.view(id);
      const mailbox = before?.delivery.mailbox.id;
      const hosts = mailbox && (await hostsOf(deps, { org, mode, mailbox }, content));
      const { result, view } = await store.revise({
        ...{ ...named, content, attachments, ...(hosts && { hosts }) },
        derivedText: derivedText(content),
      });
      return { result, view: plan(deps, view) };
    },

    async reschedule({ id, sealed }) {
      const change = await open<SealedReschedule>('reschedule', id, sealed);
      if (change === null) return await refused(id, 'invalid_seal');
      const { result, view } = await store.reschedule(change);
      return { result, view: plan(deps, view) };
    },

    async resolve({ id, sealed }) {
      const resolution = await open<SealedResolution>('resolution', id, sealed);
      if (resolution === null) return await refused(id, 'invalid_seal');
      const { view, ...rest } = await store.resolveUnknown(resolution);
      return { ...rest, view: plan(deps, view) };
    },
  };
}
