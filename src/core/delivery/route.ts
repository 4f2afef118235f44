/**
 * @module Which provider is next. Pure: the order of a route for one message, and what to do when it
 * has been tried through.
 */

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
