/** @module Where a request comes from, and where a person may be sent after signing in. */

/** A person followed a link on another site: a SameSite=Strict cookie was left out of that request. */
export function isFollowedLink(request: Request): boolean {
  return (
    request.headers.get('sec-fetch-site') === 'cross-site' &&
    request.headers.get('sec-fetch-mode') === 'navigate'
  );
}

/** A browser reaches us by https: directly, or by something before us that ends TLS. */
export function isSecure(request: Request, publicUrl?: string): boolean {
  const url = new URL(request.url);
  if (url.protocol === 'https:') return true;
  if (publicUrl === undefined) return false;
  const shown = new URL(publicUrl);
  return shown.protocol === 'https:' && shown.hostname === url.hostname;
}

export const BASE = '/review';

export const pathOf = (id: string): string => `${BASE}/${encodeURIComponent(id)}`;

/** A path of these pages, as a browser would read it; everything else is the queue. */
export function safeNext(next: string | undefined): string {
  const here = 'http://here.invalid';
  if (next === undefined || !URL.canParse(next, here)) return BASE;
  const { origin, pathname } = new URL(next, here);
  return origin === here && pathname.startsWith(`${BASE}/`) ? pathname : BASE;
}

export const POLICY_BASE = `${BASE}/policy`;

export const policyPathOf = (id: string): string => `${POLICY_BASE}/${encodeURIComponent(id)}`;
