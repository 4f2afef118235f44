/**
 * @module What the activities need, all of it injected.
 */
import type { Logger } from 'pino';
import type { Config } from '../src/config.js';
import type { Hash } from '../src/core/email/canonical.js';
import type { KeptMailDomains } from '../src/mail-domain.js';
import type { Provider } from '../src/providers/provider.js';
import type { KeyRing } from '../src/seal.js';
import type { Store } from '../src/store/store.js';

export interface Dependencies {
  store: Store;
  providers: ReadonlyMap<string, Provider>;
  config: Pick<Config, 'providers' | 'approval' | 'delivery'>;
  ring: KeyRing;
  sha256: Hash;
  clock: () => Date;
  /** Milliseconds that only ever rise: leases are measured with it. */
  monotonic: () => number;
  /** The org of workflows that are started without a door. */
  directOrg: string;
  /** Whether domains take mail; absent where nobody asks, because nothing leaves or the operator wants it so. */
  mailDomains?: KeptMailDomains | undefined;
  /** Whether the namespace knows `MailwardenStatus`: to set an unknown attribute wedges a workflow. */
  searchAttribute: boolean;
  /** Where people review held mail; a message's id is appended. */
  reviewUrl?: string | undefined;
  log: Logger;
}
