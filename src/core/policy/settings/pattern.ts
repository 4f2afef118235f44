/** @module An entry of a list of recipients: whom it names, and what is wrong with one that names nobody. Pure. */
import { RE2JSException, RE2JSSyntaxException } from 're2js';
import { z } from 'zod';
import { normaliseAddress, normaliseDomain } from '../../email/address.js';
import { costOf, expressionOf, isExpression } from '../expression.js';

/** As long as an address may be (RFC 5321 §4.5.3.1.3). */
const LONGEST = 254;
/** Of RE2's program: what a few repetitions of repetitions would make of a short pattern is refused. */
const MOST_INSTRUCTIONS = 250;
const MOST_EXPRESSIONS = 20;

const FORMS =
  'must be an address, a domain, *.domain, one of these with * in it, or a regular expression between slashes';

const entry = z.string().trim().max(LONGEST);

/**
 * `person@domain`, `domain` (everybody there), `*.domain` (everybody at its subdomains), `sales-*@*.domain`, or
 * `/regular expression/` (RE2, of the whole address). As the addresses that it is compared with: in lower case, and an
 * U-label as its A-label, or a deny list would miss it.
 */
const pattern = entry.transform((text, context) => {
  const read = isExpression(text) ? expression(text) : readName(text.toLowerCase());
  if ('is' in read) return read.is;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

export const patterns = z
  .array(pattern)
  .max(1000)
  .refine(
    (all) => all.filter(isExpression).length <= MOST_EXPRESSIONS,
    `must hold at most ${MOST_EXPRESSIONS} regular expressions; domains and * do most of it`,
  );

/** In all lists of one policy: every email asks them about every recipient. */
const MOST_COST = 3_000;

/** What is wrong with the lists of a policy taken together, if anything. */
export function tooCostly(lists: readonly (readonly string[])[]): string | null {
  const cost = lists.flat().reduce((sum, one) => sum + costOf(one), 0);
  if (cost <= MOST_COST) return null;
  return (
    `all lists together (allow, deny, vip, replyTo, oversight.exempt, hours.ofRecipients) must cost at most ${MOST_COST}, ` +
    `and these cost ${cost}: 1 for each *, and for a regular expression the size of its RE2 program; ` +
    'domains and addresses without * cost nothing'
  );
}

/** One address, without any wildcard. */
export const exactAddress = entry.transform((text, context) => {
  const address = normaliseAddress(text.toLowerCase());
  if (address !== null && !text.includes('*')) return address;
  context.addIssue({ code: 'custom', message: 'must be one address' });
  return z.NEVER;
});

type Read = { is: string } | { problem: string };

const orProblem = (is: string | null): Read => (is === null ? { problem: FORMS } : { is });

function expression(text: string): Read {
  if (text.length < 3 || !text.endsWith('/'))
    return { problem: 'must end with a slash, as it begins with one: /…/ is a regular expression' };
  try {
    const size = expressionOf(text).programSize();
    if (size <= MOST_INSTRUCTIONS) return { is: text };
    return { problem: 'is too large a regular expression once its repetitions are written out' };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const why = error instanceof RE2JSSyntaxException ? error.error : error.message;
    return { problem: `is no regular expression that RE2 knows: ${why}` };
  }
}

function readName(text: string): Read {
  if (!text.includes('*'))
    return orProblem(text.includes('@') ? normaliseAddress(text) : normaliseDomain(text));
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = wildDomain(text.slice(at + 1));
  if (domain === null || at === 0 || !LOCAL.test(local)) return { problem: FORMS };
  return { is: at < 0 ? domain : `${local}@${domain}` };
}

/** The beginning or the end of a local part, too; quoted ones have to be named as they are. */
const LOCAL = /^[^\s"@\p{C}]*$/u;
const WILD_LABEL = /^[a-z0-9*-]+$/u;

function wildDomain(text: string): string | null {
  const labels = text.split('.').map((label) => {
    if (label.includes('*')) return WILD_LABEL.test(label) ? label : null;
    return normaliseDomain(`${label}.example`)?.slice(0, -'.example'.length) ?? null;
  });
  return labels.length < 2 || labels.includes(null) ? null : labels.join('.');
}
