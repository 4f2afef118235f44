/**
 * @module What comes after the send: reading the store's view, reports of a user's own webhook, the end
 * of an attempt without an answer, and the end of the window.
 */
import { z } from 'zod';
import { instant, prose } from '../src/core/email/request.js';
import type { ProviderReport } from '../src/core/delivery/receipt.js';
import { REPORT_TYPES } from '../src/core/email/state.js';
import { bounceClassOf } from '../src/core/delivery/bounce.js';
import type { StoredView } from '../src/store/store.js';
import type { Dependencies } from './dependencies.js';
import type { CoreActivities } from './interface.js';
import { plan, routeFor } from './plan.js';

type Feedback = Pick<CoreActivities, 'applyReport' | 'look' | 'settle' | 'close'>;

/** The `deliveryReport` signal: recipient by address, or every recipient. */
const reportSchema = z.object({
  reportId: prose(200).min(1),
  type: z.enum(REPORT_TYPES),
  bounce: z.enum(['hard', 'soft', 'block']).optional(),
  recipient: prose(320).optional(),
  at: instant.optional(),
  reason: prose(500).optional(),
  smtpStatus: prose(20).optional(),
});

/** The namespace under which reports of the `deliveryReport` signal are unique. */
const SIGNAL = 'signal';

export function feedback(deps: Dependencies): Feedback {
  const { store } = deps;
  const look = async (id: string): Promise<StoredView> => {
    const view = await store.view(id);
    if (view === null) throw new Error('the message is not in the store');
    return view;
  };

  return {
    async applyReport({ id, report }) {
      const parsed = reportSchema.safeParse(report);
      if (parsed.success) {
        const { data } = parsed;
        const one: ProviderReport = { ...data, message: id };
        if (data.type === 'bounced') one.bounce = data.bounce ?? bounceClassOf(data.smtpStatus);
        // A report id is unique per message here: two users' webhooks may count alike.
        await store.applyReports(SIGNAL, [{ ...one, reportId: `${id}:${data.reportId}` }]);
      } else deps.log.warn({ id }, 'ignored a deliveryReport signal that is not a report');
      return plan(deps, await look(id));
    },

    look: async ({ id }) => plan(deps, await look(id)),

    async settle({ owner, attempt, provider }) {
      const { delivery } = await look(owner.id);
      return plan(deps, await store.settle({ ...owner, attempt, provider, ...routeFor(deps, delivery) }));
    },

    close: async ({ id }) => plan(deps, await store.close(id)),
  };
}
