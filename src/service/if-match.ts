/** @module Guarded updates: If-Match names the version that the caller saw, and any other is left alone. */
import { Problem } from '../errors.js';

/** The number in `"7"`; undefined where the caller takes whatever is there. */
export const versionOf = (ifMatch: string | undefined): number | undefined =>
  ifMatch === undefined ? undefined : Number(ifMatch.slice(1, -1));

export const changedSince = (noun: string): Problem =>
  new Problem('precondition_failed', {
    detail: `the ${noun} was changed since you read it; read it again, and repeat your change with its new ETag`,
    field: 'ifMatch',
  });
