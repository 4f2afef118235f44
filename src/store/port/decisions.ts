/** @module The store's port for what people and deadlines decide on a message. */
import type { Hosts } from '../../core/email/deliverability.js';
import type { EmailContent } from '../../core/email/request.js';
import type { AttachmentRef } from '../../core/email/revision.js';
import type { StoredView } from './messages.js';

export type DecisionAction = 'approve' | 'reject' | 'cancel' | 'expire';

/** Who decides, and on what. All of them go through one compare-and-set on the message's row. */
export interface Decision {
  id: string;
  action: DecisionAction;
  /** Required of doors; a signal without it counts only while held at revision 1. */
  digest?: string | undefined;
  /** Principal, or the name that a signal gave, or `deadline`. */
  by: string;
  via: 'door' | 'signal' | 'signed' | 'deadline' | 'temporal';
  /** The key of the door's caller, for the lineage check. */
  key?: string | undefined;
  comment?: string | undefined;
}

/**
 * `applied`: this decision won. Otherwise why not: `ignored` (not decidable now, or a signal without a
 * digest after an edit), `already_decided`, `digest_mismatch`, `own_decision`, `not_held`, `too_late`.
 */
export interface Decided {
  result: 'applied' | 'already_decided' | 'digest_mismatch' | 'own_decision' | 'not_held' | 'too_late';
  view: StoredView;
}

export interface RevisionChange {
  id: string;
  /** The digest that the editor saw. */
  digest: string;
  content: EmailContent;
  /** As of an admission. */
  hosts?: Hosts | undefined;
  attachments: (AttachmentRef & { bytes: Uint8Array })[];
  derivedText?: string | undefined;
  by: string;
  key?: string | undefined;
}

export interface DecisionStore {
  decide(decision: Decision): Promise<Decided>;
  revise(change: RevisionChange): Promise<Decided>;
  /** Only of the version that was seen; any other is `too_late`. */
  reschedule(change: { id: string; sendAt: string; version: number; by: string }): Promise<Decided>;
}
