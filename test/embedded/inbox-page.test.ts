/** @module The inbox's pages: hostile mail stays text, reports go to the hook, other sites stay out. */
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import type { CapturedMail } from '../../src/embedded/captured-mail.js';
import { readMail } from '../../src/embedded/captured-mail.js';
import { hostCheck } from '../../src/http/host.js';
import { createInboxPage } from '../../src/embedded/inbox-page.js';

const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>';

async function mail(id: string, subject = 'Hello', to = ['a@example.test']): Promise<CapturedMail> {
  const raw = [
    `Subject: ${subject}`,
    'Message-ID: <m@localhost.test>',
    'X-Mailwarden-Id: msg_abc',
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    `plain ${HOSTILE}`,
    '--b',
    'Content-Type: text/html',
    '',
    '<h1 id="theirs">rich</h1><script src="https://evil.example/x.js"></script>',
    '--b--',
    '',
  ].join('\r\n');
  const content = Buffer.from(raw).toString('base64');
  return readMail({ id, at: '2026-01-02T03:04:05.000Z', from: HOSTILE, to, content });
}

function open(mails: CapturedMail[], status = 200): { ask: Ask; reports: ProviderReport[] } {
  const reports: ProviderReport[] = [];
  const report = async (one: ProviderReport) => {
    reports.push(one);
    if (status === 0) throw new Error('connection refused');
    return { status };
  };
  const app = new Hono();
  app.route('/', createInboxPage({ inbox: { list: () => mails }, report, checkHost: hostCheck([]) }));
  app.get('/other', (c) => c.text('other'));
  return { ask: async (path, init) => app.request(`http://127.0.0.1:8025${path}`, init), reports };
}
type Ask = (path: string, init?: RequestInit) => Promise<Response>;

const PAGE = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

test('whoever does not ask for a page gets JSON, newest last', async () => {
  const { ask } = open([await mail('1', 'first'), await mail('2', 'second')]);
  const response = await ask('/inbox');
  expect(response.headers.get('content-type')).toBe('application/json');
  const mails = (await response.json()) as Record<string, unknown>[];
  expect(mails.map((one) => one['subject'])).toEqual(['first', 'second']);
  expect(Object.keys(mails[0]!).sort()).toEqual(
    ['at', 'from', 'id', 'mailwardenId', 'messageId', 'raw', 'subject', 'to'].sort(),
  );
});

test('no markup of a mail reaches a page as markup', async () => {
  const { ask } = open([await mail('1', HOSTILE, [HOSTILE, 'b@example.test'])]);
  for (const path of ['/inbox', '/inbox/1', `/inbox/${encodeURIComponent(HOSTILE)}`]) {
    const text = await (await ask(path, PAGE)).text();
    expect(text).not.toMatch(/<script|<img|<h1 id/iu);
    expect(text.match(/<style/gu)).toHaveLength(1);
  }
  const page = await (await ask('/inbox/1', PAGE)).text();
  expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('&lt;h1 id=&quot;theirs&quot;&gt;rich&lt;/h1&gt;');
});

test('a page may load nothing, run nothing, and post only to itself', async () => {
  const { ask } = open([await mail('1')]);
  const [one, two] = [await ask('/inbox/1', PAGE), await ask('/inbox/1', PAGE)];
  const policy = one.headers.get('content-security-policy') ?? '';
  const nonce = /style-src 'nonce-([^']+)'/u.exec(policy)?.[1] ?? 'none';
  expect(policy).toBe(
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  expect(await one.text()).toContain(`<style nonce="${nonce}">`);
  expect(two.headers.get('content-security-policy')).not.toBe(policy);
  expect(one.headers.get('x-content-type-options')).toBe('nosniff');
});

test('an empty inbox says so', async () => {
  expect(await (await open([]).ask('/inbox', PAGE)).text()).toContain('Nothing has arrived yet');
});

test('each button of the page reports what it says, and comes back to the mail', async () => {
  const { ask, reports } = open([await mail('1', 'x', ['a@example.test', 'b@example.test'])]);
  const page = await (await ask('/inbox/1', PAGE)).text();
  const choices = [...page.matchAll(/name="choice" value="(\d)"\s*>\s*Report ([a-z ]+?)\s*</gu)].slice(0, 4);
  expect(choices.map((one) => one[2])).toEqual(['delivered', 'soft bounce', 'hard bounce', 'complaint']);
  for (const [, choice = ''] of choices) {
    const body = new URLSearchParams({ choice, recipient: 'b@example.test' });
    const headers = { accept: 'text/html', origin: 'http://127.0.0.1:8025', 'sec-fetch-site': 'same-origin' };
    const response = await ask('/inbox/1/reports', { method: 'POST', headers, body });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`/inbox/1?reported=${choice}`);
  }
  expect(
    reports.map(({ type, bounce, message, recipient }) => ({ type, bounce, message, recipient })),
  ).toEqual([
    { type: 'delivered', message: 'msg_abc', recipient: 'b@example.test' },
    { type: 'bounced', bounce: 'soft', message: 'msg_abc', recipient: 'b@example.test' },
    { type: 'bounced', bounce: 'hard', message: 'msg_abc', recipient: 'b@example.test' },
    { type: 'complained', message: 'msg_abc', recipient: 'b@example.test' },
  ]);
});

test('the same report twice has the same id, which holds no address; another has another', async () => {
  const { ask, reports } = open([await mail('1'), await mail('2')]);
  for (const path of ['/inbox/1/reports', '/inbox/1/reports', '/inbox/2/reports'])
    await ask(path, post({ type: 'bounced', bounce: 'soft', recipient: 'a@example.test' }));
  const [first, again, other] = reports.map((one) => one.reportId);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(first).toMatch(/^capture-[0-9a-f]{32}$/u);
});

test('a report by JSON answers what the hook said; without a recipient it means all of them', async () => {
  const { ask, reports } = open([await mail('1')]);
  const response = await ask('/inbox/1/reports', post({ type: 'bounced' }));
  expect(await response.json()).toEqual({ reportId: reports[0]?.reportId, status: 200 });
  expect(reports[0]).toMatchObject({ type: 'bounced', bounce: 'hard' });
  expect(reports[0]).not.toHaveProperty('recipient');
});

test.each([
  ['an unknown type', { type: 'opened' }, 'type'],
  ['an unknown field', { type: 'delivered', kind: 1 }, 'kind'],
  ['a bounce class without a bounce', { type: 'delivered', bounce: 'hard' }, 'bounce'],
  ['a stranger', { type: 'delivered', recipient: 'other@example.test' }, 'recipient'],
  ['no JSON', '{', 'send { "type"'],
  ['an array', [], 'send { "type"'],
])('%s is refused with a line that says where', async (_, body, where) => {
  const { ask, reports } = open([await mail('1')]);
  const response = await ask('/inbox/1/reports', post(body));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(JSON.stringify(where).slice(1, -1));
  expect(reports).toEqual([]);
});

test.each([
  ['origin', 'https://evil.example'],
  ['origin', 'http://127.0.0.1:9999'],
  ['sec-fetch-site', 'cross-site'],
  ['sec-fetch-site', 'same-site'],
])('a report that comes from another site is refused: %s %s', async (header, value) => {
  const { ask, reports } = open([await mail('1')]);
  const response = await ask('/inbox/1/reports', post({ type: 'delivered' }, { [header]: value }));
  expect(response.status).toBe(403);
  expect(reports).toEqual([]);
});

test('a name that only points here is not served, and other paths are none of the inbox’s business', async () => {
  const { ask } = open([await mail('1')]);
  const app = new Hono();
  app.route(
    '/',
    createInboxPage({
      inbox: { list: () => [] },
      report: async () => ({ status: 200 }),
      checkHost: hostCheck(['mail.lan']),
    }),
  );
  expect((await app.request('http://rebound.example/inbox')).status).toBe(421);
  expect((await app.request('http://127.0.0.1.evil.example/inbox/1')).status).toBe(421);
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:8025', 'mail.lan'])
    expect((await app.request(`http://${host}/inbox`)).status).toBe(200);
  expect(await (await ask('/other')).text()).toBe('other');
});

test('what a reader would not see, or would see in another order, is written out', async () => {
  const { ask } = open([await mail('1', 'invoice\u202Efdp.exe\u200B', ['a\u202E@example.test', 'b@x.test'])]);
  for (const path of ['/inbox', '/inbox/1']) {
    const text = await (await ask(path, PAGE)).text();
    expect([path, text]).toEqual([path, expect.stringContaining('invoice⟦U+202E⟧fdp.exe⟦U+200B⟧')]);
    expect([path, text.replaceAll(/value="[^"]*"/gu, '')]).toEqual([
      path,
      expect.not.stringMatching(/[\u202E\u200B]/u),
    ]);
  }
});

test('the inbox goes by the Host header, as every other page', async () => {
  const { ask } = open([await mail('1')]);
  expect((await ask('/inbox', { headers: { host: 'rebound.example' } })).status).toBe(421);
});

test.each([
  [404, 'answered 404'],
  [0, 'did not answer'],
])('a hook that fails (%d) is told, not hidden', async (status, line) => {
  const { ask } = open([await mail('1')], status);
  const response = await ask('/inbox/1/reports', post({ type: 'delivered' }));
  expect(response.status).toBe(502);
  expect(await response.text()).toContain(line);
});

test('mail of others, which carries no id at all, can’t be reported', async () => {
  const content = Buffer.from('Subject: x\r\n\r\nx').toString('base64');
  const foreign = await readMail({
    id: '1',
    at: '2026-01-02T03:04:05.000Z',
    from: '',
    to: ['a@example.test'],
    content,
  });
  const { ask } = open([foreign]);
  expect((await ask('/inbox/1/reports', post({ type: 'delivered' }))).status).toBe(400);
  expect((await ask('/inbox/2/reports', post({ type: 'delivered' }))).status).toBe(404);
  expect((await ask('/inbox/1/reports', post(`"${'x'.repeat(20_000)}"`))).status).toBe(413);
});
