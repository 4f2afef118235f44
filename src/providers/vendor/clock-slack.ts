/** @module From when on a vendor's records are about the try that is looked for, by a clock that is not ours. */
import type { Sought } from '../provider.js';

/**
 * How far a vendor's clock may be behind ours, in milliseconds. Less than lies between two tries of one email at one
 * vendor (a soft bounce is waited out for minutes), so that none is taken for the one after it.
 */
const SLACK = 30_000;

/** Milliseconds since 1970. */
export const soughtSince = ({ at }: Pick<Sought, 'at'>): number => at.getTime() - SLACK;
