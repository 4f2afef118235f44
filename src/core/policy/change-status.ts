/** @module What has become of a change of a policy that a person has to decide. Pure. */

/** `stale`: approved, but what it was asked of no longer held. */
export const POLICY_CHANGE_STATUSES = ['pending', 'approved', 'rejected', 'stale'] as const;
export type PolicyChangeStatus = (typeof POLICY_CHANGE_STATUSES)[number];
