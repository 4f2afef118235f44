/** @module The store's port for what providers report of emails that they took. */
import type { ProviderReport } from '../../core/delivery/receipt.js';

export interface Applied {
  reportId: string;
  result: 'applied' | 'duplicate' | 'unmatched';
  /** The message whose workflow waits for such a report, where one was matched. */
  id?: string;
}

export interface ReportStore {
  /** Inserts and applies reports; the same report twice has one effect. */
  applyReports(provider: string, reports: ProviderReport[], org?: string): Promise<Applied[]>;
}
