/**
 * @module Our message id as a vendor's tag, so that webhooks bring it back. Whoever starts a workflow directly chooses
 * the id, and vendors take only some characters; no id may make a send fail.
 */

/** Before an id that had to be encoded. */
const ENCODED = 'b64-';

/**
 * The id in `A-Z a-z 0-9 _ -`, at most `most` characters; undefined where it is too long for that, and then reports
 * are matched by the vendor's own id or by the Message-ID.
 */
export function tagFor(id: string, most = 256): string | undefined {
  const isPlain = /^[A-Za-z0-9_-]+$/u.test(id) && !id.startsWith(ENCODED);
  const tag = isPlain ? id : `${ENCODED}${Buffer.from(id, 'utf8').toString('base64url')}`;
  return tag.length <= most ? tag : undefined;
}

/** The id that stands in a tag; anything that is no tag of ours is returned as it is. */
export function idOfTag(tag: string): string {
  if (!tag.startsWith(ENCODED)) return tag;
  return Buffer.from(tag.slice(ENCODED.length), 'base64url').toString('utf8');
}
