/**
 * @module Which provider is next. Pure: the route of one message, its order, and what to do when it has been tried
 * through.
 */
import type { Category } from '../email/request.js';
import type { FailoverTrigger } from './triggers.js';

/** One provider of a route, as a config or a mailbox names it. */
export interface RouteStep {
  /** A word for people. */
  name?: string | undefined;
  provider: string;
  weight: number;
  failover: boolean;
}

export interface Route {
  providers: readonly RouteStep[];
  /** Where it says none, the server's. */
  failoverTriggers?: readonly FailoverTrigger[] | undefined;
}

/** A route for the messages that fit all that it names. */
export interface RouteRule extends Route {
  /** Ids or addresses. */
  mailboxes?: readonly string[] | undefined;
  categories?: readonly Category[] | undefined;
  /** `x.example`, or `*.y.example` for all below it; each recipient has to be in one of them. */
  recipientDomains?: readonly string[] | undefined;
}

/** What a mailbox may have: a route, or only its providers. */
export type MailboxRoute =
  RouteStep[] | { providers: RouteStep[]; failoverTriggers?: FailoverTrigger[] | undefined };

/** As much of a message as decides its route. Domains are in lower case. */
export interface Routed {
  mailbox: { id: string; address: string };
  category: Category;
  domains: readonly string[];
  /** The mailbox's own; it wins. */
  route: MailboxRoute | null;
}

/** The mailbox's own route, else the first rule that fits, else `otherwise`. */
export function chooseRoute(message: Routed, rules: readonly RouteRule[], otherwise: Route): Route {
  if (message.route !== null) return routeOf(message.route);
  return rules.find((rule) => fits(rule, message)) ?? otherwise;
}

export const routeOf = (route: MailboxRoute): Route => ('providers' in route ? route : { providers: route });

function fits(
  { mailboxes, categories, recipientDomains }: RouteRule,
  { mailbox, category, domains }: Routed,
): boolean {
  const address = mailbox.address.toLowerCase();
  return (
    (mailboxes?.some((one) => one === mailbox.id || one.toLowerCase() === address) ?? true) &&
    (categories?.includes(category) ?? true) &&
    (recipientDomains === undefined ||
      domains.every((domain) => recipientDomains.some((pattern) => covers(pattern.toLowerCase(), domain))))
  );
}

const covers = (pattern: string, domain: string): boolean =>
  pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;

/** One entry of a route. `weight` shares the first tries; `failover` only follows when others failed. */
export interface RouteEntry {
  provider: string;
  weight: number;
  failover: boolean;
  /** Can send to a subset of the recipients that the headers name (SMTP can, most HTTP APIs can't). */
  envelope: boolean;
}

/**
 * The order in which a message tries its route: the first by weight, drawn from the message's own id
 * so that every worker draws the same; then the others by falling weight; then the failovers.
 */
export function orderRoute(route: readonly RouteEntry[], id: string): RouteEntry[] {
  const regular = route.filter((entry) => !entry.failover && entry.weight > 0);
  const rest = route.filter((entry) => !regular.includes(entry));
  const total = regular.reduce((sum, entry) => sum + entry.weight, 0);
  let point = fraction(id) * total;
  const first = regular.find((entry) => (point -= entry.weight) < 0) ?? regular[0];
  const others = regular.filter((entry) => entry !== first).sort((a, b) => b.weight - a.weight);
  return [...(first ? [first] : []), ...others, ...rest];
}

/** The next provider that was not tried in this round and can take these recipients; else undefined. */
export function nextProvider(
  route: readonly RouteEntry[],
  id: string,
  tried: readonly string[],
  subset: boolean,
): RouteEntry | undefined {
  return orderRoute(route, id).find(
    (entry) => !tried.includes(entry.provider) && (!subset || entry.envelope),
  );
}

/**
 * The id as a number in [0, 1): FNV-1a, then murmur3's finaliser, because ids that a direct start counts up
 * differ in their last characters only, and FNV alone leaves those close together.
 */
function fraction(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
