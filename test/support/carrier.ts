/**
 * @module A provider that does what a test tells it: at the port, where no wire is needed to prove a path.
 */
import type { ProviderReport, Receipt, RecipientReceipt } from '../../src/core/delivery/receipt.js';
import type { Delivery, Provider, Sought } from '../../src/providers/provider.js';

/** What to answer to one call: for every recipient alike, or by recipient index. */
export type Answer =
  | Omit<RecipientReceipt, 'index'>
  | Record<number, Omit<RecipientReceipt, 'index'>>
  | ((delivery: Delivery) => Promise<Receipt>);

export interface Carrier extends Provider {
  /** What went over the wire, in order. */
  sent: { id: string; subject: string; to: string[]; messageId: string }[];
  calls: number;
  /** Of each call. */
  keys: string[];
  /** The next calls' answers; then `accepted`. */
  answers: Answer[];
}

interface CarrierOptions {
  envelope?: boolean;
  answers?: Answer[];
  dedupesFor?: number;
  /** What a lookup finds; without it there is none. */
  finds?: (sought: Sought) => Promise<Receipt | null>;
  /** Whether what it does not find was certainly not sent. */
  complete?: boolean;
}

export function carrier(name = 'carrier', options: CarrierOptions = {}): Carrier {
  const { envelope = true, dedupesFor = 0, finds, complete = false } = options;
  const made: Carrier = {
    name,
    capabilities: { envelope, dedupesFor, lookup: finds ? (complete ? 'complete' : 'partial') : 'none' },
    ...(finds && { lookup: finds }),
    keys: [],
    sent: [],
    calls: 0,
    answers: options.answers ?? [],
    describe: () => name,
    readHook: async ({ body }) => ({
      reports: JSON.parse(new TextDecoder().decode(body)) as ProviderReport[],
    }),
    async send(delivery) {
      made.calls += 1;
      made.keys.push(delivery.key);
      const answer = made.answers.shift() ?? { outcome: 'accepted' as const };
      if (typeof answer === 'function') return await answer(delivery);
      delivery.beforeWire();
      const recipients = delivery.recipients.map(({ index }) => ({
        index,
        ...('outcome' in answer
          ? (answer as RecipientReceipt)
          : (answer[index] ?? { outcome: 'accepted' as const })),
      }));
      const reached = delivery.recipients.filter((_, i) => recipients[i]?.outcome === 'accepted');
      if (reached.length > 0)
        made.sent.push({
          id: delivery.id,
          subject: delivery.revision.subject,
          to: reached.map((one) => one.address),
          messageId: delivery.revision.messageId,
        });
      return { recipients };
    },
  };
  return made;
}
