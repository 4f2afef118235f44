/**
 * @module One mail address: how it is read, normalised and compared. Pure.
 */
import isemail from 'isemail';
import { toASCII } from 'tr46';

/** A mailbox as it stands in a header: `address` is normalised, `name` is display text. */
export interface Address {
  address: string;
  name?: string;
}

/** How an address's syntax is judged (RFC 5321 §4.1.2, §4.5.3; RFC 6531 for `unusual`). */
export type AddressSyntax = 'ok' | 'unusual' | 'invalid';

/**
 * C0, DEL, C1, LS, PS: none may stand in anything that becomes part of a header (RFC 5322 §2.2); nor may half a
 * surrogate pair, which no encoding carries.
 */
export const CONTROL_CHARACTERS = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

// eslint-disable-next-line no-control-regex -- the ASCII range is meant
const ASCII = /^[\u0000-\u007f]*$/u;

/** Characters that nobody sees: two addresses that differ in one of them look the same to a reviewer. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** Quoted-string of RFC 5321 §4.1.2. */
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/u;

/**
 * The usual form, dot-string and LDH labels: it only saves the time that isemail takes for it, because every email is
 * judged several times. Without the flag `i`, by which U+212A would be a letter of ASCII.
 */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const REST_OF_LABEL = '(?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const PLAIN = new RegExp(
  `^${ATOM}(?:\\.${ATOM})*@(?:[A-Za-z0-9]${REST_OF_LABEL}\\.)+[A-Za-z]${REST_OF_LABEL}$`,
  'u',
);

const NAMED = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/u;

/**
 * Reads `a@b.example`, `Name <a@b.example>` or `"Name" <a@b.example>`; null where it is none of them.
 * The domain is lower-cased and put into its A-label form (UTS-46, non-transitional); the local part
 * is kept as written, because only its owner knows whether case matters (RFC 5321 §2.4).
 */
export function parseAddress(text: string): Address | null {
  // Before trimming: a line break at the end is an attempt on the header, not a slip.
  if (CONTROL_CHARACTERS.test(text)) return null;
  const trimmed = text.trim();
  const named = NAMED.exec(trimmed);
  const address = normaliseAddress(named?.groups?.['address']?.trim() ?? trimmed);
  if (address === null) return null;
  const name = unquote(named?.groups?.['name']?.trim() ?? '');
  return name === '' ? { address } : { address, name };
}

/** The address with its domain normalised, or null where it can't be an address at all. */
export function normaliseAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1) return null;
  const domain = aLabels(address.slice(at + 1));
  if (domain === null) return null;
  const normalised = `${address.slice(0, at)}@${domain}`;
  return syntaxOf(normalised) === 'invalid' ? null : normalised;
}

/** A domain as it stands in a normalised address, or null where no address can have it. */
export function normaliseDomain(text: string): string | null {
  const domain = aLabels(text);
  return domain === null || domain.includes('@') || syntaxOf(`a@${domain}`) === 'invalid' ? null : domain;
}

function aLabels(written: string): string | null {
  // What is ASCII already needs no mapping, and DNS has names that UTS-46 would refuse (`r3---sn.example`).
  const domain = ASCII.test(written)
    ? written
    : toASCII(written, { checkHyphens: true, useSTD3ASCIIRules: true });
  return domain === null || domain === '' ? null : domain.toLowerCase();
}

/**
 * Judges the syntax of an address as an SMTP recipient: `invalid` is refused at the door, `unusual`
 * (quoted or non-ASCII local part, all-numeric top label, U-label) is legal but not carried by every provider.
 */
export function syntaxOf(address: string): AddressSyntax {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (address.length > 254 || local.length > 64 || domain.length > 253) return 'invalid';
  if (PLAIN.test(address)) return 'ok';
  if (!domain.includes('.') || domain.startsWith('[') || domain.includes('_')) return 'invalid';
  // isemail takes a space between quotes for an obsolete form; RFC 5321's qtextSMTP has it.
  const readable = QUOTED.test(local) ? `${local.replaceAll(' ', '_')}@${domain}` : address;
  if (INVISIBLE.test(readable)) return 'invalid';
  const diagnosis = isemail.validate(readable, { errorLevel: 0 });
  if (diagnosis !== 0 && !UNUSUAL.has(diagnosis)) return 'invalid';
  if (!ASCII.test(domain)) return hasALabels(local, domain) ? 'unusual' : 'invalid';
  return diagnosis === 0 && ASCII.test(local) ? 'ok' : 'unusual';
}

/** A U-label is one by its A-label (RFC 5890 §2.3.2.1), and in that form the address has to be one as well. */
function hasALabels(local: string, domain: string): boolean {
  const mapped = aLabels(domain);
  return mapped !== null && ASCII.test(mapped) && syntaxOf(`${local}@${mapped}`) !== 'invalid';
}

/** isemail's diagnoses that still name a deliverable mailbox: quoted string, numeric TLD. */
const UNUSUAL = new Set([10, 11]);

/** The domain of a normalised address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/**
 * The form under which an address is suppressed and counted: lower case, without a `+tag`. Two
 * spellings of one person must meet here, or a complaint would not stop the next send.
 */
export function addressKey(address: string): string {
  const lower = address.normalize('NFC').toLowerCase();
  const at = lower.lastIndexOf('@');
  const plus = lower.indexOf('+');
  return plus > 0 && plus < at ? lower.slice(0, plus) + lower.slice(at) : lower;
}

function unquote(name: string): string {
  return name.startsWith('"') && name.endsWith('"') && name.length > 1
    ? name.slice(1, -1).replace(/\\(.)/gu, '$1')
    : name;
}
