/** @module The store's port for the org as a whole: whether it sends at all. */

export interface OrgRow {
  org: string;
  status: 'active' | 'paused';
  /** Why it is paused, in the words of whoever did it; null where it is not, or nobody said. */
  why: string | null;
  /** When it was paused or resumed last; null: never. */
  switchedAt: string | null;
}

/** Pausing or resuming something. Doing it again changes nothing. */
export interface Switch {
  org: string;
  to: 'active' | 'paused';
  why?: string | undefined;
  /** Principal. */
  by: string;
}

export interface OrgStore {
  org(org: string): Promise<OrgRow>;
  /** Paused, nothing of it goes; resumed, what waited goes on within minutes, and all of it within an hour. */
  switchOrg(change: Switch): Promise<OrgRow>;
}
