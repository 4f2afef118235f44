/** @module An answer as the bytes themselves, for whoever asks for their media type instead of JSON. */
import type { Operation } from '../service/operations.js';

/** Null where JSON is asked for, or the operation gives nothing else. */
export function sourceResponse(
  { mediaType, success }: Operation,
  output: object,
  accept: string | undefined,
): Response | null {
  if (mediaType === undefined || !prefers(accept, mediaType)) return null;
  const { raw, encoding } = output as { raw: string; encoding: BufferEncoding };
  const bytes = Buffer.from(raw, encoding);
  return new Response(bytes, {
    status: success,
    headers: { 'Content-Type': mediaType, 'Content-Length': String(bytes.length), Vary: 'Accept' },
  });
}

/** Named, and not after JSON: a wildcard is JSON, and so is a list in which that comes first. */
function prefers(accept: string | undefined, mediaType: string): boolean {
  const types = (accept ?? '').split(',').map((one) => (one.split(';')[0] ?? '').trim().toLowerCase());
  return types.find((one) => one === mediaType || one === 'application/json') === mediaType;
}
