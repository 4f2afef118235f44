/** @module The verb that shows an email as the bytes that go out. */
import { isUtf8 } from 'node:buffer';
import { Problem } from '../errors.js';
import { changeable } from './change.js';
import type { ServiceDeps, Verb } from './deps.js';

export const raw: Verb<'messages.raw'> = async (deps, caller, { id }) => {
  const { revision, digest, content, attempts } = await changeable(deps, caller, id);
  const at = attempts.at(-1)?.at;
  const source = await deps.mime({
    ...{ id, revision: content, blobs: await blobsOf(deps, content.attachments) },
    ...(at !== undefined && { date: new Date(at) }),
  });
  // An attached email may be in any encoding, and what is no UTF-8 would not survive JSON.
  const encoding = isUtf8(source) ? 'utf-8' : 'base64';
  return { id, revision, digest, encoding, raw: Buffer.from(source).toString(encoding) };
};

async function blobsOf(
  { store }: ServiceDeps,
  attachments: readonly { sha256: string }[],
): Promise<Map<string, Uint8Array>> {
  const blobs = new Map<string, Uint8Array>();
  for (const { sha256 } of attachments) {
    const bytes = await store.blob(sha256);
    if (bytes === null)
      throw new Problem('conflict', { detail: 'the bytes of an attachment of this email are gone' });
    blobs.set(sha256, bytes);
  }
  return blobs;
}
