/** @module The version of what an answer shows, as an ETag: for updates that must not overwrite another's. */

/** Null where the answer has no version. */
export function etagOf(output: object): string | null {
  return 'version' in output && typeof output.version === 'number' ? `"${output.version}"` : null;
}

/**
 * Without the mark that a compressed answer, or a proxy, adds to an ETag: it is about bytes, and the versions here
 * are about the thing itself.
 */
export const strong = (etag: string): string => etag.trim().replace(/^W\//u, '');

/** Whether the caller has this version already, by its If-None-Match header. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  const known = ifNoneMatch?.split(',').map(strong) ?? [];
  return known.includes(etag) || known.includes('*');
}
