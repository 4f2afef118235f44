/**
 * @module A verifier of DKIM signatures (RFC 6376, relaxed/relaxed, rsa-sha256), written from the RFC and not from the
 * signer.
 */
import { createHash, createVerify, type KeyObject } from 'node:crypto';

export interface DkimVerdict {
  /** Body hash and signature are both right. */
  valid: boolean;
  /** The tags of the signature, `h` as a list. */
  tags: Record<string, string>;
  signed: string[];
}

/** Of the first signature of a message with CRLF line ends. */
export function verifyDkim(raw: string, publicKey: KeyObject): DkimVerdict {
  const split = raw.indexOf('\r\n\r\n');
  // A field goes on in the lines that begin with white space.
  const fields = raw.slice(0, split).split(/\r\n(?![ \t])/u);
  const own = fields.find((one) => nameOf(one) === 'dkim-signature') ?? '';
  const tags = Object.fromEntries(
    own
      .slice(own.indexOf(':') + 1)
      .split(';')
      .map((one) => one.split(/=(.*)/su).map((part) => part.replace(/\s+/gu, '')))
      .filter(([name]) => name !== ''),
  ) as Record<string, string>;
  const signed = (tags['h'] ?? '').toLowerCase().split(':');
  const rest = [...fields].reverse();
  // §5.4.2: of a field that stands more than once, the last one not used yet.
  const chosen = signed.map((name) => {
    const at = rest.findIndex((one) => nameOf(one) === name);
    return at === -1 ? '' : relaxed(rest.splice(at, 1)[0] ?? '');
  });
  // §3.7: its own field goes in last, without a signature and without a line end.
  const data = chosen.map((one) => `${one}\r\n`).join('') + relaxed(own.replace(/(\bb=)[^;]*$/u, '$1'));
  const isSigned = createVerify('RSA-SHA256')
    .update(Buffer.from(data, 'utf8'))
    .verify(publicKey, tags['b'] ?? '', 'base64');
  const isWhole =
    createHash('sha256')
      .update(relaxedBody(raw.slice(split + 4)), 'utf8')
      .digest('base64') === tags['bh'];
  return { valid: isSigned && isWhole, tags, signed };
}

const nameOf = (field: string): string => field.slice(0, field.indexOf(':')).trim().toLowerCase();

/** §3.4.2 */
function relaxed(field: string): string {
  const value = field
    .slice(field.indexOf(':') + 1)
    .replace(/\r\n/gu, '')
    .replace(/[ \t]+/gu, ' ')
    .trim();
  return `${nameOf(field)}:${value}`;
}

/** §3.4.4 */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/gu, ' ').replace(/ $/u, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}
