/**
 * @module A form with a file as bytes (multipart/form-data, RFC 7578). Pure: the same parts make the same bytes.
 */
import { createHash } from 'node:crypto';

export interface FormFile {
  filename: string;
  contentType: string;
  bytes: Uint8Array;
}

/** One field; a name may stand more than once. */
export type FormPart = readonly [name: string, value: string | FormFile];

export interface Form {
  contentType: string;
  body: Buffer;
}

/** The form in the order of its parts. */
export function multipart(parts: readonly FormPart[]): Form {
  const boundary = boundaryOf(parts);
  const body = Buffer.concat([
    ...parts.flatMap(([name, value]) => [
      Buffer.from(`--${boundary}\r\n${head(name, value)}\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value.bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

function head(name: string, value: string | FormFile): string {
  const disposition = `Content-Disposition: form-data; name="${quotable(name)}"`;
  return typeof value === 'string'
    ? `${disposition}\r\n`
    : `${disposition}; filename="${quotable(value.filename)}"\r\nContent-Type: ${value.contentType}\r\n`;
}

/** As browsers escape what would end a quoted name (WHATWG, multipart/form-data encoding). */
const quotable = (text: string): string =>
  text.replace(/["\r\n]/gu, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** No content holds the hash of itself, so nothing that a caller wrote can end its part. */
function boundaryOf(parts: readonly FormPart[]): string {
  const hash = createHash('sha256');
  for (const [name, value] of parts)
    hash.update(name).update(typeof value === 'string' ? value : value.bytes);
  return `mailwarden-${hash.digest('hex')}`;
}
