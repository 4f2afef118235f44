/** @module What a reviewer reads: all of the email, the reasons first, and nothing of it alive. */
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import type { AdmittedMessage } from '../../src/service/schemas/message.js';
import { visible } from '../../src/review/text.js';
import { decision, desk, DIGEST, email, type Desk } from './support/desk.js';

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(2)></pre></textarea></title></style>`;

async function signedIn(...args: Parameters<typeof desk>): Promise<Desk> {
  const open = desk(...args);
  await open.signIn();
  return open;
}

test('the page shows everything that would leave, Bcc and digests of attachments included', async () => {
  const page = await (await (await signedIn()).ask('/review/msg_one')).text();
  const shown = [
    ...['agent@localhost.test', 'ann@example.test', '<dt>Bcc</dt>', 'boss@example.test', 'Your invoice'],
    ...[
      'Hello Ann,\nhere it is.',
      '&lt;p&gt;Hello &lt;b&gt;Ann&lt;/b&gt;&lt;/p&gt;',
      'X-Invoice',
      'invoice.pdf',
    ],
    ...[
      '12,345 bytes',
      'b'.repeat(64),
      '&lt;msg_one.1@localhost.test&gt;',
      DIGEST,
      'in 2 h 20 min',
      'prn_agent',
    ],
    ...['temporal workflow signal --workflow-id msg_one --name approve', '--name reject'],
  ];
  for (const text of shown) expect(page).toContain(text);
});

test('the checks that failed come first, with the addresses that they are about', async () => {
  const page = await (await (await signedIn()).ask('/review/msg_one')).text();
  expect(page.indexOf('autonomy_level')).toBeLessThan(page.indexOf('address_syntax'));
  const checks = page.slice(page.indexOf('What policy found')).replace(/\s+/gu, ' ');
  expect(checks).toContain('recipients: <strong><bdi>ann@example.test, boss@example.test</bdi></strong>');
});

test('what the agent says of its email is marked as the words of the agent', async () => {
  const page = await (await (await signedIn()).ask('/review/msg_one')).text();
  const own = page.slice(
    page.indexOf('class="agent"'),
    page.indexOf('</section>', page.indexOf('class="agent"')),
  );
  expect(own).toContain('checked by nobody');
  expect(own).toContain('She asked for it');
  expect(own).toContain('&quot;model&quot;: &quot;m-1&quot;');
});

test('hostile text in any field stays text, on the page and in the queue', async () => {
  const address = { address: `${HOSTILE}@example.test`, name: HOSTILE };
  const plain = email();
  const hostile: AdmittedMessage = email({
    recipients: plain.recipients.map((one) => ({ ...one, address: HOSTILE, status: 'unknown' })),
    attempts: [tried({ provider: HOSTILE, duplicatePossible: true })],
    id: `msg_${HOSTILE}`,
    subject: HOSTILE,
    principal: HOSTILE,
    reason: HOSTILE,
    context: { [HOSTILE]: HOSTILE },
    tags: [HOSTILE],
    metadata: { [HOSTILE]: HOSTILE },
    decisions: [decision({ by: HOSTILE, comment: HOSTILE, via: HOSTILE, action: HOSTILE })],
    verdict: {
      outcome: 'review',
      policyVersion: HOSTILE,
      checks: [
        {
          rule: HOSTILE,
          status: 'failed',
          effect: 'review',
          evidence: { [HOSTILE]: HOSTILE, addresses: [HOSTILE] },
        },
      ],
    },
    content: {
      ...plain.content,
      ...{ from: address, replyTo: address, to: [address], cc: [address], bcc: [address], subject: HOSTILE },
      ...{
        text: HOSTILE,
        html: HOSTILE,
        headers: { 'X-Bad': HOSTILE },
        inReplyTo: HOSTILE,
        messageId: HOSTILE,
      },
      attachments: [
        { filename: HOSTILE, contentType: HOSTILE, contentId: HOSTILE, size: 1, sha256: 'd'.repeat(64) },
      ],
      calendar: { method: 'REQUEST', ics: HOSTILE },
    },
  });
  const open = await signedIn([hostile]);
  for (const path of [
    '/review',
    `/review/${encodeURIComponent(hostile.id)}`,
    `/review/${encodeURIComponent(HOSTILE)}`,
  ]) {
    const page = await (await open.ask(path)).text();
    expect(page).not.toMatch(/<script|<img|onerror=alert\(2\)>/iu);
    for (const [tag, count] of [
      ['style', 1],
      ['title', 1],
      ['body', 1],
    ] as const)
      expect(page.match(new RegExp(`</${tag}>`, 'gu'))).toHaveLength(count);
    expect(page.match(/<form/gu)!.length).toBeLessThanOrEqual(2);
    expect(page).not.toMatch(/(?:href|action|src)="(?!\/review)/u);
  }
});

const tried = (over: Partial<AdmittedMessage['attempts'][number]>): AdmittedMessage['attempts'][number] => ({
  ...{ attempt: 1, try: 1, provider: 'postmark', recipients: [0, 1], at: '2026-01-02T02:10:00.000Z' },
  ...{ leaseUntil: '2026-01-02T02:12:00.000Z', finishedAt: '2026-01-02T02:10:05.000Z', outcome: 'unknown' },
  ...{ providerMessageId: null, seenMessageId: null, duplicatePossible: false },
  ...over,
});
const shownOf = async (over: Partial<AdmittedMessage>): Promise<string> =>
  (await (await (await signedIn([email(over)])).ask('/review/msg_one')).text())
    .replace(/<[^>]*>/gu, ' ')
    .replace(/\s+/gu, ' ');

test('an email that may have gone says so, to whom, by which try, and that nobody sends it again', async () => {
  const [ann, boss] = email().recipients;
  const page = await shownOf({
    status: 'unknown',
    recipients: [
      { ...ann!, status: 'delivered' },
      { ...boss!, status: 'unknown' },
    ],
    attempts: [
      tried({ provider: 'mailgun', outcome: 'not_sent_retry' }),
      tried({ try: 2, outcome: 'mixed', at: '2026-01-02T02:11:00.000Z' }),
    ],
  });
  expect(page).toContain('Nobody knows whether it went to boss@example.test . Do not send it again');
  expect(page).toContain('clear answer: postmark , 2026-01-02 02:11 UTC , attempt 1, try 2');
  expect(page).not.toContain('may arrive twice');
});

test('an email that was given to a second provider says that it may arrive twice, also once that is over', async () => {
  const [ann, boss] = email().recipients;
  const page = await shownOf({
    status: 'delivered',
    recipients: [
      { ...ann!, status: 'delivered' },
      { ...boss!, status: 'delivered' },
    ],
    attempts: [
      tried({}),
      tried({ attempt: 2, provider: 'ses', recipients: [1], outcome: 'accepted', duplicatePossible: true }),
    ],
  });
  expect(page).toMatch(
    /may arrive twice ses was given it on 2026-01-02 02:10 UTC for boss@example\.test , while/u,
  );
  expect(page).not.toContain('ann@example.test , while');
  expect(page).not.toContain('may have been sent');
});

test('where all is certain nothing is said of doubts', async () => {
  expect(await shownOf({ attempts: [tried({ outcome: 'accepted' })] })).not.toContain('not certain');
});

test('characters that nobody sees, or that turn others round, are shown by their number', () => {
  expect(visible('invoice\u202Efdp.exe')).toBe('invoice⟦U+202E⟧fdp.exe');
  expect(visible('a\u200Bb\u2066c\u00ADd\u{E0041}')).toBe('a⟦U+200B⟧b⟦U+2066⟧c⟦U+00AD⟧d⟦U+E0041⟧');
  expect(visible('x\u200B\u200B\u200By')).toBe('x⟦U+200B ×3⟧y');
  expect(visible('a\u0000\u0007\u001B[31m\rb')).toBe('a⟦U+0000⟧⟦U+0007⟧⟦U+001B⟧[31m⟦U+000D⟧b');
  expect(visible('one\r\ntwo\n\tthree ❤️ 👩‍👩‍👧 می‌خواهم')).toBe('one\ntwo\n\tthree ❤️ 👩‍👩‍👧 می‌خواهم');
});

test('a text that begins with an empty line is shown with it, and a long one by its length', async () => {
  const plain = email();
  const text = `\nbelow${'\n'.repeat(400)}the end`;
  const open = await signedIn([email({ content: { ...plain.content, text } })]);
  const page = await (await open.ask('/review/msg_one')).text();
  expect(page).toContain('<pre dir="auto">\n\nbelow\n');
  expect(page).toContain('402 lines');
});

test('the queue is oldest first, with sender, number of recipients, reasons and deadline', async () => {
  const open = await signedIn([
    email({ id: 'msg_new', subject: 'Newer', createdAt: '2026-01-02T02:30:00.000Z' }),
    email({ id: 'msg_old', subject: 'Older', createdAt: '2026-01-02T01:30:00.000Z' }),
    email({ id: 'msg_sent', subject: 'Gone', status: 'sent' }),
  ]);
  const page = (await (await open.ask('/review')).text()).replace(/\s+/gu, ' ');
  expect(page.indexOf('Older')).toBeLessThan(page.indexOf('Newer'));
  expect(page).not.toContain('Gone');
  for (const text of [
    '2 emails to review',
    'agent@localhost.test',
    '2 recipients',
    'autonomy_level',
    'decide in 2 h 20 min',
  ])
    expect(page).toContain(text);
});

test('a long queue is read to its end, and turned page by page', async () => {
  const all = Array.from({ length: 45 }, (_, i) =>
    email({ id: `msg_${i}`, subject: `Number ${i}.`, createdAt: new Date(1_000_000 * i).toISOString() }),
  );
  const open = await signedIn(all.reverse());
  const numbers = async (path: string): Promise<number[]> =>
    [...(await (await open.ask(path)).text()).matchAll(/Number (\d+)\./gu)].map((match) => Number(match[1]));
  expect(await numbers('/review')).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(await numbers('/review?page=3')).toEqual([40, 41, 42, 43, 44]);
  expect(await numbers('/review?page=99')).toEqual([40, 41, 42, 43, 44]);
  expect(await numbers('/review?page=-1')).toHaveLength(20);
});

test('an email that is gone between the list and the reading does not break the queue', async () => {
  const open = await signedIn([email({ id: 'msg_a' }), email({ id: 'msg_b' })]);
  const get = open.emails.get.bind(open.emails);
  open.emails.get = (id) => {
    if (id === 'msg_a') throw new Problem('not_found', { detail: 'gone' });
    return get(id);
  };
  const response = await open.ask('/review');
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('2 emails to review');
});

test('an id with any character in it finds its email', async () => {
  const id = 'order/17 50%?#&"ü';
  const open = await signedIn([email({ id })]);
  const path = /href="(\/review\/[^"?]+)"/u.exec(await (await open.ask('/review')).text())?.[1] ?? '';
  expect((await open.ask(path)).status).toBe(200);
  const csrf = await open.csrf();
  const done = await open.post(`${path}/decision`, { csrf, action: 'reject', digest: DIGEST });
  expect(done.status).toBe(303);
  expect(open.emails.get(id)?.status).toBe('rejected');
  expect((await open.ask(done.headers.get('location') ?? '')).status).toBe(200);
});

test('what does not exist is a small page, for a known method or not', async () => {
  const open = await signedIn();
  for (const [path, method] of [
    ['/review/msg_none', 'GET'],
    ['/review/a/b', 'GET'],
    ['/review', 'DELETE'],
    ['/review/%00', 'GET'],
  ] as const) {
    const response = await open.ask(path, { method });
    expect([400, 404]).toContain(response.status);
    expect(response.headers.get('content-type')).toContain('text/html');
  }
});

test('an email that no worker has taken up yet says so', async () => {
  const open = await signedIn();
  open.emails.set('msg_one', { id: 'msg_one', status: 'queued' } as unknown as AdmittedMessage);
  expect(await (await open.ask('/review/msg_one')).text()).toContain('No worker has taken it up yet');
});
