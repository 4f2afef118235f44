/**
 * @module Where mail of test keys ends: nothing leaves the process. The recipient's local part at
 * sandbox.test chooses what becomes of it, through the same path as real answers and reports.
 */
import { domainOf } from '../core/email/address.js';
import type { ProviderReport, RecipientReceipt } from '../core/delivery/receipt.js';
import type { Recipient } from '../core/email/revision.js';
import { SANDBOX, type Delivery, type Provider } from './provider.js';
import { createReportReader } from './reports.js';

type Known = Pick<ProviderReport, 'type' | 'bounce' | 'smtpStatus'>;

/** What happens to one recipient: the answer to the attempt, and what is reported later, in order. */
interface Fate {
  answer: Omit<RecipientReceipt, 'index'>;
  reports: Known[];
}

const ACCEPTED = { outcome: 'accepted', smtpStatus: '2.0.0' } as const;
const DELIVERED: Fate = { answer: ACCEPTED, reports: [{ type: 'delivered' }] };

const FATES: Readonly<Record<string, Fate>> = {
  delivered: DELIVERED,
  bounced: { answer: ACCEPTED, reports: [{ type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1' }] },
  'soft-bounced': { answer: ACCEPTED, reports: [{ type: 'bounced', bounce: 'soft', smtpStatus: '4.2.2' }] },
  complained: { answer: ACCEPTED, reports: [{ type: 'delivered' }, { type: 'complained' }] },
  // By a rule of theirs: were it a bad address, it would be suppressed and could be tried only once.
  refused: {
    answer: { outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.7.1' },
    reports: [],
  },
  timeout: { answer: { outcome: 'unknown' }, reports: [] },
};

/** The sandbox. It has no hook: what it knows it says in `reportsOf`. */
export function createSandboxProvider(name: string = SANDBOX): Provider {
  return {
    name,
    capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' },
    async send({ recipients, beforeWire, signal }) {
      if (signal.aborted || !mayGo(beforeWire)) return { recipients: recipients.map(notSent) };
      return { recipients: recipients.map((one) => ({ index: one.index, ...fateOf(one).answer })) };
    },
    reportsOf: (delivery) => delivery.recipients.flatMap((one) => reportsFor(delivery, one)),
    readHook: createReportReader(name, []),
    describe: () => 'sandbox (in process)',
  };
}

const notSent = ({ index }: Recipient): RecipientReceipt => ({
  index,
  outcome: 'not_sent_retry',
  reason: 'transient',
});

function mayGo(beforeWire: () => void): boolean {
  try {
    beforeWire();
    return true;
  } catch {
    return false;
  }
}

/** The id names message, attempt, recipient and type, so that the next attempt's report is another one. */
function reportsFor({ id, attempt }: Delivery, recipient: Recipient): ProviderReport[] {
  return fateOf(recipient).reports.map((report) => ({
    reportId: `${id}:${attempt}:${recipient.index}:${report.type}`,
    message: id,
    recipient: recipient.address,
    ...report,
  }));
}

function fateOf({ address }: Recipient): Fate {
  if (domainOf(address).toLowerCase() !== 'sandbox.test') return DELIVERED;
  const [local = ''] = address.slice(0, address.lastIndexOf('@')).toLowerCase().split('+');
  return Object.hasOwn(FATES, local) ? (FATES[local] ?? DELIVERED) : DELIVERED;
}
