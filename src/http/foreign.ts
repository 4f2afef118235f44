/** @module Whether another site made a request of a browser's (CSRF). Shared by every page. */

/**
 * True where a browser says that another site made this request. What says nothing is no browser of
 * today, and the token of the form still has to fit.
 */
export function isForeign(request: Request, publicUrl?: string): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') return true;
  const origin = request.headers.get('origin');
  // Under Referrer-Policy no-referrer a browser writes "null" in the forms of our own pages.
  if (origin === null || origin === 'null') return false;
  const own = [request.url, ...(publicUrl === undefined ? [] : [publicUrl])].map((url) => new URL(url).host);
  return !URL.canParse(origin) || !own.includes(new URL(origin).host);
}
