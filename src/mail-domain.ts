/**
 * @module Whether a domain takes mail, as DNS says: its MX records, or else an address of its own (RFC 5321 §5.1).
 * Answers are kept for a while; what is not certain in time is `no_answer`, never a denial.
 */
import { Resolver } from 'node:dns/promises';
import type { Config } from './config.js';
import type { MailHost } from './core/email/deliverability.js';
import { within } from './service/connectivity.js';
import { Recent } from './service/recent.js';

/** Asks DNS, or answers from what is kept; it never throws. */
export type MailDomains = (domain: string) => Promise<MailHost>;

export interface KeptMailDomains {
  ask: MailDomains;
  /** What is kept of the domain; undefined where DNS would have to be asked. */
  known(domain: string): MailHost | undefined;
}

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
  /** Once it is there. */
  answer?: MailHost;
  until: number;
}

export function mailDomains({ dns, clock, timeLimit }: MailDomainsDeps): KeptMailDomains {
  const kept = new Recent<Kept>(MOST_KEPT);
  return {
    async ask(domain) {
      const now = clock().getTime();
      const one = current(domain, now) ?? asked(domain, now);
      kept.set(domain, one);
      return await one.host;
    },
    known: (domain) => current(domain, clock().getTime())?.answer,
  };

  function current(domain: string, now: number): Kept | undefined {
    const one = kept.get(domain);
    return one !== undefined && one.until > now ? one : undefined;
  }

  /** Kept while it is under way as well, so that many callers are one question. */
  function asked(domain: string, now: number): Kept {
    const late = (): Error => new Error('DNS did not answer in time');
    const host = within(timeLimit, hostOf(dns, domain), late).catch((): MailHost => 'no_answer');
    const one: Kept = { host, until: now + KEPT_MS };
    void host.then((answer) => {
      one.answer = answer;
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

/** For all questions of one email: its caller waits for them. */
const ADMISSION_MS = 1_500;
/** For a caller who asks about one address. */
const CALLER_MS = 2_000;

const patiently = (timeLimit: number, clock: () => Date): KeptMailDomains =>
  mailDomains({ dns: believable(new Resolver({ timeout: timeLimit, tries: 1 })), clock, timeLimit });

/**
 * A resolver of a network that has no way out says of every name that it does not exist. So that is believed only of
 * one that knows a name which surely does.
 */
export function believable(dns: Dns & { resolveNs(domain: string): Promise<unknown[]> }): Dns {
  const believed =
    <T>(ask: (domain: string) => Promise<T[]>) =>
    async (domain: string): Promise<T[]> => {
      try {
        return await ask(domain);
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ENOTFOUND')
          await dns.resolveNs(SURELY_THERE).catch(isolated);
        throw error;
      }
    };
  return {
    resolveMx: believed((domain) => dns.resolveMx(domain)),
    resolve4: believed((domain) => dns.resolve4(domain)),
    resolve6: believed((domain) => dns.resolve6(domain)),
  };
}

const SURELY_THERE = 'com';

function isolated(): never {
  throw Object.assign(new Error('DNS knows only its own network'), { code: 'EISOLATED' });
}

/** For a door. */
export const mailDomainsOfDoor = (clock: () => Date): MailDomains => patiently(CALLER_MS, clock).ask;

/** For a worker; undefined where its config says not to ask, or where nothing leaves this machine. */
export function mailDomainsOfWorker(
  { providers, delivery }: Pick<Config, 'providers' | 'delivery'>,
  clock: () => Date,
): KeptMailDomains | undefined {
  const leaves = providers.some(({ type }) => type !== 'capture');
  return leaves && delivery.checkDomains ? patiently(ADMISSION_MS, clock) : undefined;
}
