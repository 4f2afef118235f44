/**
 * @module Unmistakable words for what must stay secret, and a search that finds them in any bytes, in each
 * form that they could have been given on the way.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Markers {
  /** A word that fits into an address, a header or a key, and holds the stem. */
  mark(name: string): string;
  /** What every word of these has in common: one search finds them all. */
  stem: string;
}

/** Lower case, so that it also survives where addresses are made lower case. */
export function markers(family = 'qzmark'): Markers {
  const stem = `${family}${randomBytes(3).toString('hex')}`;
  return { stem, mark: (name) => `${stem}${name}` };
}

/**
 * The places in which one of the words stands: in any case, in UTF-16, as hex, or inside base64 (also of the
 * URL kind) wherever it begins there. Words are of letters and digits, which JSON, MIME and URLs leave alone;
 * only the soft line breaks of quoted-printable can cut them, and are taken out first.
 */
export function found(words: readonly string[], bytes: Uint8Array | string): string[] {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
  const text = buffer.toString('latin1').replace(/=\r?\n/gu, '');
  const lower = text.toLowerCase();
  const at = (index: number): string =>
    JSON.stringify(text.slice(Math.max(0, index - 60), index + 60).replace(/[^\x20-\x7e]/gu, '.'));
  return words.flatMap((word) => {
    const plain = word.toLowerCase();
    const anyCase = [
      plain,
      Buffer.from(plain, 'utf16le').toString('latin1').slice(0, -1),
      Buffer.from(word).toString('hex'),
    ];
    const hits = [
      ...anyCase.map((form) => lower.indexOf(form)),
      ...base64Forms(word).map((form) => text.indexOf(form)),
    ];
    return hits.filter((index) => index >= 0).map((index) => `${word} at ${index}: ${at(index)}`);
  });
}

/** What of its base64 is the same whatever stands before and after it. */
function base64Forms(word: string): string[] {
  const forms = [0, 1, 2].map((before) => {
    const encoded = Buffer.from('\0'.repeat(before) + word).toString('base64');
    const whole = Math.floor(((before + Buffer.byteLength(word)) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), whole);
  });
  return [...new Set(forms.flatMap((form) => [form, form.replace(/\+/gu, '-').replace(/\//gu, '_')]))];
}

/** Anything with payloads in it, such as a history, as JSON: each payload's bytes also as the text they are. */
export function readable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint'
      ? inner.toString()
      : inner instanceof Uint8Array
        ? Buffer.from(inner).toString('utf8')
        : inner,
  ).replace(
    /"([A-Za-z0-9+/]{8,}={0,2})"/gu,
    (all, text: string) => `${all} ${Buffer.from(text, 'base64').toString()}`,
  );
}

/** Every file below a folder, but those whose path from there matches. */
export function filesIn(folder: string, except: RegExp): { name: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !except.test(name))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}
