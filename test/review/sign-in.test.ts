/** @module Who gets in: a person's key, at most so many tries, for so long, and to our own pages only. */
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import type { ReviewDeps } from '../../src/review/index.js';
import { desk, KEY, NOW, ORIGIN, REVIEWER } from './support/desk.js';

const CSP =
  /^default-src 'none'; style-src 'nonce-[\w-]{43}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/u;

test('without a session every path is the sign-in form, and tells nothing of what is there', async () => {
  const open = desk();
  for (const path of ['/review', '/review/msg_one', '/review/msg_none']) {
    const response = await open.ask(path);
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).toContain('type="password"');
    expect(page).toContain(`name="next" value="${path}"`);
    expect(page).not.toContain('invoice');
  }
  expect(open.calls).toEqual([]);
});

test('a reviewer signs in, goes on to the email, and the cookie is for these pages and no script', async () => {
  const open = desk();
  const response = await open.signIn('/review/msg_one');
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/review/msg_one');
  const cookie = response.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(
    /^mailwarden_review=[\w-]{43}; Max-Age=28800; Path=\/review; HttpOnly; SameSite=Strict$/u,
  );
  expect(cookie).not.toContain(KEY);
  expect(await (await open.ask('/review/msg_one')).text()).toContain('Your invoice');
});

test('the cookie is Secure where people come by https, directly or through a proxy', async () => {
  const open = desk([], { publicUrl: 'https://127.0.0.1' });
  expect((await open.signIn()).headers.get('set-cookie')).toContain('; Secure');
});

test.each([
  ['an unknown key', 'mw_live_nobody', 401, 'not known, or it was revoked'],
  ['no key', '', 401, 'not known'],
  ['the key of an agent', 'mw_live_agent', 403, 'belongs to an agent'],
  ['a key that may not decide', 'mw_live_reader', 403, 'lacks the scope approvals:decide'],
])('%s opens no session and is never repeated', async (_, key, status, why) => {
  const open = desk();
  const response = await open.post('/review/session', { key, next: '/review/msg_one' });
  const page = await response.text();
  expect(response.status).toBe(status);
  expect(page).toContain(why);
  if (key !== '') expect(page).not.toContain(key);
  expect(response.headers.get('set-cookie')).toBeNull();
});

test.each([
  'https://evil.example/review/x',
  '//evil.example/review/x',
  '/\\evil.example/review/x',
  '/review/../v1/keys',
  '/review/%2e%2e//evil.example',
  '/reviewer',
  'javascript:alert(1)',
  '\t//evil.example',
])('signing in never leads away from the review pages: %s', async (next) => {
  expect((await desk().signIn(next)).headers.get('location')).toBe('/review');
});

test('every answer is uncacheable, unframeable, scriptless and tells no referrer', async () => {
  const open = desk();
  const answers = [
    await open.ask('/review'),
    await open.signIn(),
    await open.ask('/review/msg_one'),
    await open.ask('/review/a/b'),
  ];
  for (const response of answers) {
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    if (response.status === 303) expect(policy).toContain("default-src 'none'");
    else expect(policy).toMatch(CSP);
  }
  const nonces = answers.map(
    (one) => /nonce-([\w-]+)/u.exec(one.headers.get('content-security-policy') ?? '')?.[1],
  );
  const [first, , third] = nonces;
  expect(first).not.toBe(third);
});

test('a session ends after eight hours', async () => {
  const open = desk();
  await open.signIn();
  open.now = new Date(NOW.getTime() + 8 * 3_600_000 - 1);
  expect(await (await open.ask('/review')).text()).toContain('1 email to review');
  open.now = new Date(NOW.getTime() + 8 * 3_600_000);
  const page = await (await open.ask('/review')).text();
  expect(page).toContain('Your session has ended');
  expect(page).not.toContain('invoice');
});

test('a key that is revoked, or loses its right to decide, ends the session at the next click', async () => {
  for (const caller of [null, { ...REVIEWER, scopes: [] }, { ...REVIEWER, kind: 'service' as const }]) {
    const open = desk();
    await open.signIn();
    const kept = open.cookie;
    if (caller === null) open.keys.delete(KEY);
    else open.keys.set(KEY, caller);
    expect(await (await open.ask('/review/msg_one')).text()).toContain('Your key was revoked');
    open.keys.set(KEY, REVIEWER);
    open.cookie = kept;
    expect(await (await open.ask('/review/msg_one')).text()).toContain('Your session has ended');
  }
});

test('a database that is down is a small page, and the session survives it', async () => {
  const open = desk();
  await open.signIn();
  open.outage = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const response = await open.ask('/review/msg_one');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await response.text()).toContain('does not answer');
  open.outage = null;
  expect((await open.ask('/review/msg_one')).status).toBe(200);
});

test('what was not foreseen is logged, and says nothing of itself', async () => {
  const open = desk();
  await open.signIn();
  open.outage = new Error('secret detail');
  const response = await open.ask('/review');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret detail');
  expect(open.logged).toHaveLength(1);
});

test('thirty failed sign-ins a minute, many at once included, then none until the next minute', async () => {
  const open = desk();
  const tries = await Promise.all(
    Array.from({ length: 31 }, () => open.post('/review/session', { key: 'mw_live_guess' })),
  );
  expect(
    tries
      .map((one) => one.status)
      .sort()
      .slice(-2),
  ).toEqual([401, 429]);
  const refused = await open.signIn();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('60');
  open.now = new Date(NOW.getTime() + 60_000);
  expect((await open.signIn()).status).toBe(303);
});

test('where others at the same address guess keys, a sign-in waits, and whoever is signed in stays so', async () => {
  const open = desk();
  await open.signIn();
  open.outage = new Problem('rate_limited', { detail: 'too many', retryAfter: 30 });
  expect((await open.ask('/review')).status).toBe(429);
  const refused = await open.post('/review/session', { key: 'mw_live_guess' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
  open.outage = null;
  expect(await (await open.ask('/review')).text()).toContain('1 email to review');
});

test('a key is looked up with the address that it comes from, at every request', async () => {
  const from: unknown[] = [];
  const service: ReviewDeps['service'] = {
    authenticate: async (_, address) => (from.push(address), REVIEWER),
    call: async () => ({ items: [], cursor: null }) as never,
  };
  const headers = { 'x-forwarded-for': '203.0.113.9, 192.0.2.1' };
  const open = desk([], { service, trustProxy: true });
  await open.post('/review/session', { key: KEY }, headers);
  await open.ask('/review', { headers });
  expect(from).toEqual(['192.0.2.1', '192.0.2.1']);
});

test('sign-ins that succeed are not counted as failures', async () => {
  const open = desk();
  for (let i = 0; i < 40; i++) expect((await open.signIn()).status).toBe(303);
});

test('signing in again, or out, makes the old cookie worthless', async () => {
  const open = desk();
  await open.signIn();
  const first = open.cookie;
  await open.signIn();
  const second = open.cookie;
  expect(second).not.toBe(first);
  expect((await open.post('/review/sign-out', { csrf: 'other' })).status).toBe(403);
  const out = await open.post('/review/sign-out', { csrf: await open.csrf() });
  expect(out.status).toBe(303);
  for (const cookie of [first, second]) {
    open.cookie = cookie;
    expect(await (await open.ask('/review')).text()).toContain('type="password"');
  }
});

test('a link followed from another site asks the browser once more, and never in a circle', async () => {
  const open = desk();
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  const first = await (await open.ask('/review/msg_one', { headers })).text();
  expect(first).toContain('content="0; url=/review/msg_one?from=link"');
  const second = await (await open.ask('/review/msg_one?from=link', { headers })).text();
  expect(second).toContain('type="password"');
  expect(second).not.toContain('http-equiv="refresh"');
});

test('a sign-in that another site sends is refused before the key is looked at', async () => {
  const open = desk();
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ]) {
    const response = await open.post(
      '/review/session',
      { key: KEY },
      headers as unknown as Record<string, string>,
    );
    expect(response.status).toBe(403);
    expect(response.headers.get('set-cookie')).toBeNull();
  }
  expect((await open.post('/review/session', { key: KEY }, { origin: ORIGIN })).status).toBe(303);
});

test('a form of megabytes is refused', async () => {
  expect((await desk().post('/review/session', { key: 'x'.repeat(20_000) })).status).toBe(413);
});

test('a host name that is not ours is refused on every path', async () => {
  const open = desk([], {
    checkHost: () => {
      throw new Problem('misdirected', { detail: 'not here' });
    },
  });
  expect((await open.ask('/review')).status).toBe(421);
  expect((await open.signIn()).status).toBe(421);
});
