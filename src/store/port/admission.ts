/** @module The store's port for the first step of an email: it is admitted, once. */
import type { Hosts } from '../../core/email/deliverability.js';
import type { Mode } from '../../core/email/id.js';
import type { Category, EmailContent, Untrusted } from '../../core/email/request.js';
import type { AttachmentRef } from '../../core/email/revision.js';
import type { StoredView } from './messages.js';

/** Names the message and the run that owns it; every step of the workflow carries it. */
export interface Owner {
  id: string;
  /** The workflow's first execution run id: survives a reset, differs for another run. */
  run: string;
}

/** Everything that `admit` writes, already parsed. */
export interface Admission extends Owner {
  org: string;
  /** Id or address. */
  mailbox: string;
  /** Started without a door, which not every mailbox takes. */
  direct?: boolean | undefined;
  /** The only provider by which it may go, in the place of its route. */
  via?: string | undefined;
  mode: Mode;
  dedupeKey: string;
  requestHash: string;
  principal: string;
  key: string | null;
  content: EmailContent;
  /** What DNS said of its recipients' domains; absent: nobody asked. */
  hosts?: Hosts | undefined;
  category: Category;
  attachments: (AttachmentRef & { bytes: Uint8Array })[];
  /** Text part derived from the HTML, where the caller gave none. */
  derivedText?: string | undefined;
  sendAt?: string | undefined;
  expiresAt?: string | undefined;
  reason?: string | undefined;
  /** It was written after reading mail that nobody vouches for. */
  untrusted?: Untrusted | undefined;
  context?: unknown;
  tags: string[];
  metadata: Record<string, string>;
}

/** `owner` false: another run has this id or key; then `view` is that message and nothing was written. */
export interface Admitted {
  owner: boolean;
  view: StoredView;
  requestHash: string;
}

export interface AdmissionStore {
  /** @throws Problem `mailbox_unknown`, DirectStartOff. */
  admit(admission: Admission): Promise<Admitted>;
  /** What `admit` answered this run before; null where it has admitted nothing. */
  admitted(owner: Owner): Promise<Admitted | null>;
}
