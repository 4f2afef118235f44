/** @module The store's port for deliveries: a try is claimed, and then what the provider said is written to it. */
import type { ProviderReport, Receipt } from '../../core/delivery/receipt.js';
import type { RouteEntry } from '../../core/delivery/route.js';
import type { FailoverTrigger } from '../../core/delivery/triggers.js';
import type { Mode } from '../../core/email/id.js';
import type { Recipient, Revision } from '../../core/email/revision.js';
import type { Owner } from './admission.js';
import type { StoredView } from './messages.js';

export interface ClaimRequest extends Owner {
  digest: string;
  attempt: number;
  provider: string;
  /** Temporal's own run and try number: an older try than one already seen may not claim. */
  execution: { run: string; try: number };
  leaseMs: number;
  /** Milliseconds for which the provider deduplicates by our key: a claim without a receipt may be sent again there. */
  dedupesFor: number;
  /** The provider sends to a subset of the recipients that the headers name; one that does not gets all or none. Default true. */
  envelope?: boolean;
}

/** Only `go` may touch the wire; every other answer carries the view that the workflow goes on with. */
export type Claimed =
  | {
      answer: 'go';
      try: number;
      /** Of the try that this one repeats, else its own. */
      key: string;
      revision: Revision;
      digest: string;
      recipients: Recipient[];
      blobs: Map<string, Uint8Array>;
      mode: Mode;
      delivery: StoredView['delivery'];
    }
  | { answer: 'no'; view: StoredView };

export interface ReceiptWrite extends Owner {
  attempt: number;
  try: number;
  provider: string;
  receipt: Receipt;
  /** Reports that the provider knows at once; applied in the same transaction. */
  reports: ProviderReport[];
}

/** How a round of a route ends: what the workflow learned about an attempt that gave no answer. */
export interface Settlement extends Owner {
  attempt: number;
  provider: string;
  /** Empty where no route could be computed at all. */
  route: RouteEntry[];
  /** Of that route; by default all but `refused`. */
  triggers?: readonly FailoverTrigger[] | undefined;
}

export interface DeliveryStore {
  claim(request: ClaimRequest): Promise<Claimed>;
  recordReceipt(write: ReceiptWrite): Promise<StoredView>;
  /** After an attempt without an answer: voids it, so that it can never claim, and says what is next. */
  settle(settlement: Settlement): Promise<StoredView>;
}
