/**
 * @module Whether a domain takes mail, as DNS says: its MX records, or else an address of its own (RFC 5321 §5.1).
 * Answers are kept for a while; what is not certain in time is `no_answer`, never a denial.
 */
import type { MailHost } from '../core/email/deliverability.js';
import { within } from './connectivity.js';
import { Recent } from './recent.js';

export type MailDomains = (domain: string) => Promise<MailHost>;

/** The part of Node's resolver that is asked; it throws errors with the codes of c-ares. */
export interface Dns {
  resolveMx(domain: string): Promise<{ exchange: string }[]>;
  resolve4(domain: string): Promise<string[]>;
  resolve6(domain: string): Promise<string[]>;
}

export interface MailDomainsDeps {
  dns: Dns;
  clock: () => Date;
  /** Milliseconds for all questions about a domain. */
  timeLimit: number;
}

const KEPT_MS = 600_000;
/** What nobody could tell is asked again soon, but not by every call. */
const NO_ANSWER_KEPT_MS = 15_000;
const MOST_KEPT = 10_000;

interface Kept {
  host: Promise<MailHost>;
  until: number;
}

export function mailDomains({ dns, clock, timeLimit }: MailDomainsDeps): MailDomains {
  const kept = new Recent<Kept>(MOST_KEPT);
  return async (domain) => {
    const now = clock().getTime();
    const before = kept.get(domain);
    const one = before && before.until > now ? before : asked(domain, now);
    kept.set(domain, one);
    return await one.host;
  };

  /** Kept while it is under way as well, so that many callers are one question. */
  function asked(domain: string, now: number): Kept {
    const late = (): Error => new Error('DNS did not answer in time');
    const host = within(timeLimit, hostOf(dns, domain), late).catch((): MailHost => 'no_answer');
    const one: Kept = { host, until: now + KEPT_MS };
    void host.then((answer) => {
      if (answer === 'no_answer') one.until = now + NO_ANSWER_KEPT_MS;
    });
    return one;
  }
}

async function hostOf(dns: Dns, domain: string): Promise<MailHost> {
  const records = await ask(() => dns.resolveMx(domain));
  if (!Array.isArray(records)) {
    if (records !== 'none') return records;
    const addresses = await Promise.all([ask(() => dns.resolve4(domain)), ask(() => dns.resolve6(domain))]);
    if (addresses.some(Array.isArray)) return 'accepts';
    return addresses.includes('no_answer') ? 'no_answer' : 'no_host';
  }
  // RFC 7505: a single record that names the root.
  return records.every(({ exchange }) => exchange === '' || exchange === '.') ? 'null_mx' : 'accepts';
}

/** The records; `none` where the domain is there without any of this type. */
async function ask<T>(question: () => Promise<T[]>): Promise<T[] | 'none' | 'no_domain' | 'no_answer'> {
  try {
    const records = await question();
    return records.length === 0 ? 'none' : records;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === 'ENODATA' ? 'none' : code === 'ENOTFOUND' ? 'no_domain' : 'no_answer';
  }
}
