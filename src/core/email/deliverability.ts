/**
 * @module Whether an address can be written to, from what is known of it without writing to it. Nobody can know a
 * mailbox by that: `deliverable` says that nothing speaks against it. Pure.
 */
import { domainOf, syntaxOf } from './address.js';
import { isRole } from './role.js';
import { meantDomain } from './typo.js';

export const DELIVERABILITIES = ['deliverable', 'risky', 'undeliverable', 'unknown'] as const;
export type Deliverability = (typeof DELIVERABILITIES)[number];

/** What DNS says of a domain: whether a host takes its mail, or that nobody could tell in time. */
export type MailHost = 'accepts' | 'null_mx' | 'no_host' | 'no_domain' | 'no_answer';

/** By domain, in lower case. */
export type Hosts = Readonly<Record<string, MailHost>>;

export interface Finding {
  code: string;
  detail: string;
}

export interface Evidence {
  /** Normalised. */
  address: string;
  suppressions: readonly { reason: string }[];
  /** An email was delivered there before. */
  delivered: boolean;
  /** Null where nobody asked, because what is sent never leaves. */
  host: MailHost | null;
}

export interface Judgement {
  result: Deliverability;
  reasons: Finding[];
  /** The address that was probably meant. */
  suggestion?: string;
}

type Weighed = Finding & { speaks: Deliverability };

export const NOT_AN_ADDRESS: Judgement = {
  result: 'undeliverable',
  reasons: [{ code: 'invalid_syntax', detail: 'it is not a mail address; write it as name@domain.example' }],
};

export function judgeAddress({ address, suppressions, delivered, host }: Evidence): Judgement {
  const meant = meantDomain(domainOf(address));
  const suggestion = meant === null || delivered ? undefined : `${localOf(address)}@${meant}`;
  const found: Weighed[] = [
    ...suppressions.map(({ reason }) => suppressed(reason)),
    HOSTS[host ?? 'sandbox'],
    ...(delivered ? [DELIVERED] : []),
    ...(suggestion === undefined ? [] : [TYPO]),
    ...(syntaxOf(address) === 'unusual' ? [UNUSUAL] : []),
    ...(isRole(address) ? [ROLE] : []),
  ];
  const speaks = (how: Deliverability): boolean => found.some((one) => one.speaks === how);
  // An earlier delivery is better evidence than a guess from how an address looks, or than no answer.
  const order: Deliverability[] = delivered ? ['undeliverable'] : ['undeliverable', 'risky', 'unknown'];
  return {
    result: order.find(speaks) ?? 'deliverable',
    reasons: found.map(({ code, detail }) => ({ code, detail })),
    ...(suggestion !== undefined && { suggestion }),
  };
}

const localOf = (address: string): string => address.slice(0, address.lastIndexOf('@'));

const weigh = (speaks: Deliverability, code: string, detail: string): Weighed => ({ speaks, code, detail });

const DELIVERED = weigh('deliverable', 'delivered_before', 'an email of yours was delivered there before');
const TYPO = weigh(
  'risky',
  'likely_typo',
  'the domain is one slip away from a large provider; see suggestion',
);
const UNUSUAL = weigh(
  'risky',
  'unusual_syntax',
  'it is legal, but not every provider carries such an address',
);
const ROLE = weigh('risky', 'role_address', 'it belongs to a role and not to a person');

const HOSTS: Readonly<Record<MailHost | 'sandbox', Weighed>> = {
  accepts: weigh('deliverable', 'domain_accepts_mail', 'the domain names a host that takes its mail'),
  null_mx: weigh('undeliverable', 'domain_refuses_mail', 'the domain says that it takes no mail (RFC 7505)'),
  no_host: weigh('undeliverable', 'domain_without_mail', 'the domain names no host that could take mail'),
  no_domain: weigh('undeliverable', 'domain_not_found', 'there is no such domain'),
  no_answer: weigh('unknown', 'domain_not_answering', 'DNS did not answer in time; ask again later'),
  sandbox: weigh('deliverable', 'sandbox', 'email of a test key ends at the sandbox, so DNS was not asked'),
};

/** Reasons that we gave ourselves have a code of their own; what a person wrote may name somebody. */
const SUPPRESSED: Readonly<Record<string, [code: string, detail: string]>> = {
  hard_bounce: ['hard_bounced', 'an email to it bounced for good'],
  soft_bounce: ['soft_bounced', 'emails to it bounced again and again'],
  complaint: ['complained', 'somebody there reported an email as unwanted'],
  unsubscribe: ['unsubscribed', 'somebody there asked for no more email'],
};

function suppressed(reason: string): Weighed {
  const known = Object.hasOwn(SUPPRESSED, reason) ? SUPPRESSED[reason] : undefined;
  return weigh(
    'undeliverable',
    ...(known ?? (['suppressed', 'it was put on the suppression list'] as const)),
  );
}
