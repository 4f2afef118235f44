/** @module Deciding on the page: one digest, one session, one answer; whoever was faster is named. */
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import { decision, desk, DIGEST, email, KEY, NOW, type Desk } from './support/desk.js';

const decisions = (open: Desk): unknown[] =>
  open.calls.filter((one) => one.name === 'messages.decide').map((one) => one.input);

async function signedIn(...args: Parameters<typeof desk>): Promise<{ open: Desk; csrf: string }> {
  const open = desk(...args);
  await open.signIn();
  return { open, csrf: await open.csrf() };
}

test('approving sends the digest that was shown, and the page then says who approved', async () => {
  const { open, csrf } = await signedIn();
  const page = await (await open.ask('/review/msg_one')).text();
  expect(page).toContain(`name="digest" value="${DIGEST}"`);
  const comment = 'fine,\r\ngo';
  const response = await open.post('/review/msg_one/decision', {
    csrf,
    action: 'approve',
    digest: DIGEST,
    comment,
  });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/review/msg_one');
  expect(decisions(open)).toEqual([
    { id: 'msg_one', action: 'approve', digest: DIGEST, comment: 'fine,\ngo' },
  ]);
  const after = (await (await open.ask('/review/msg_one')).text()).replace(/\s+/gu, ' ');
  expect(after).toContain('Approved by <strong>you</strong>');
  expect(after).not.toContain('name="action"');
});

test('rejecting without a comment sends none', async () => {
  const { open, csrf } = await signedIn();
  await open.post('/review/msg_one/decision', { csrf, action: 'reject', digest: DIGEST, comment: ' \r\n' });
  expect(decisions(open)).toEqual([{ id: 'msg_one', action: 'reject', digest: DIGEST }]);
});

test('a comment of a thousand characters with line breaks is taken as the browser counted it', async () => {
  const { open, csrf } = await signedIn();
  const comment = '漢\r\n'.repeat(500);
  const fields = { csrf, action: 'reject', digest: DIGEST, comment };
  expect((await open.post('/review/msg_one/decision', fields)).status).toBe(303);
});

test('a form without the token of this session decides nothing', async () => {
  const { open, csrf } = await signedIn();
  const other = await signedIn();
  const fields = { action: 'approve', digest: DIGEST };
  const forged: Record<string, string>[] = [{}, { csrf: '' }, { csrf: `${csrf}x` }, { csrf: 'x'.repeat(43) }];
  for (const token of forged)
    expect((await open.post('/review/msg_one/decision', { ...fields, ...token })).status).toBe(403);
  other.open.cookie = open.cookie;
  await open.signIn();
  expect((await open.post('/review/msg_one/decision', { ...fields, csrf })).status).toBe(403);
  expect(decisions(open)).toEqual([]);
});

test.each([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { origin: 'https://evil.example' },
  { origin: 'http://127.0.0.1:9999' },
])('a decision that another site sends is refused, token or not: %j', async (headers) => {
  const { open, csrf } = await signedIn();
  const fields = { csrf, action: 'approve', digest: DIGEST };
  const response = await open.post(
    '/review/msg_one/decision',
    fields,
    headers as unknown as Record<string, string>,
  );
  expect(response.status).toBe(403);
  expect(decisions(open)).toEqual([]);
});

test('without a session, after it ended, or with a revoked key nothing is decided', async () => {
  const fields = { action: 'approve', digest: DIGEST };
  const spoil: ((open: Desk) => void)[] = [
    (open) => void (open.cookie = null),
    (open) => void (open.now = new Date(NOW.getTime() + 9 * 3_600_000)),
    (open) => void open.keys.delete(KEY),
  ];
  for (const one of spoil) {
    const { open, csrf } = await signedIn();
    one(open);
    const response = await open.post('/review/msg_one/decision', { ...fields, csrf });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('Nothing was decided');
    expect(decisions(open)).toEqual([]);
  }
});

test('whoever decided first is named, and the buttons are gone', async () => {
  const { open, csrf } = await signedIn();
  open.onDecide = () => {
    const decided = decision({ by: 'Otto <b>', via: 'signal', comment: 'no' });
    open.emails.set('msg_one', email({ status: 'rejected', waitingFor: null, decisions: [decided] }));
    throw new Problem('already_decided', {
      detail: 'somebody, or the deadline, decided before you (it is rejected)',
    });
  };
  const response = await open.post('/review/msg_one/decision', { csrf, action: 'approve', digest: DIGEST });
  const page = (await response.text()).replace(/\s+/gu, ' ');
  expect(response.status).toBe(409);
  expect(page).toContain('Your decision was not taken: somebody, or the deadline, decided before you');
  expect(page).toContain(
    'Rejected by <strong><bdi>Otto &lt;b&gt;</bdi></strong> (the name as the signal gave it)',
  );
  expect(page).not.toContain('name="action"');
});

test('a signal that borrows my name is not shown as me', async () => {
  const decided = decision({ action: 'approve', by: 'prn_rita', via: 'signal' });
  const { open } = await signedIn([email({ status: 'sending', waitingFor: null, decisions: [decided] })]);
  const page = await (await open.ask('/review/msg_one')).text();
  expect(page).not.toContain('<strong>you</strong>');
  expect(page).toContain('the name as the signal gave it');
});

test('an email that was edited meanwhile is shown anew, with its new digest', async () => {
  const { open, csrf } = await signedIn();
  const digest = 'c'.repeat(64);
  open.onDecide = () => {
    open.emails.set('msg_one', email({ revision: 2, digest, subject: 'Your new invoice' }));
    throw new Problem('digest_mismatch', {
      detail: 'the email was changed; read it again and decide on its new digest',
    });
  };
  const response = await open.post('/review/msg_one/decision', { csrf, action: 'approve', digest: DIGEST });
  const page = await response.text();
  expect(response.status).toBe(409);
  expect(page).toContain('the email was changed');
  expect(page).toContain('Your new invoice');
  expect(page).toContain(`name="digest" value="${digest}"`);
});

test('an unknown outcome and an outage say so, and lead back to the email', async () => {
  const { open, csrf } = await signedIn();
  const problems = [
    new Problem('outcome_unknown', { detail: 'it is not known whether this took effect', retryAfter: 5 }),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  ];
  for (const problem of problems) {
    open.onDecide = () => {
      throw problem;
    };
    const response = await open.post('/review/msg_one/decision', { csrf, action: 'approve', digest: DIGEST });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('href="/review/msg_one"');
  }
});

test('an answer that is none, or a digest that is none, is refused', async () => {
  const { open, csrf } = await signedIn();
  for (const fields of [{ action: 'cancel', digest: DIGEST }, { action: 'approve', digest: 'x' }, {}]) {
    const given = fields as Record<string, string>;
    expect((await open.post('/review/msg_one/decision', { csrf, ...given })).status).toBe(400);
  }
  expect(decisions(open)).toEqual([]);
});

test('after the deadline only a rejection is offered', async () => {
  const { open } = await signedIn();
  open.now = new Date('2026-01-02T05:20:00.000Z');
  const page = await (await open.ask('/review/msg_one')).text();
  expect(page).toContain('The deadline has passed');
  expect(page).toContain('value="reject"');
  expect(page).not.toContain('value="approve"');
});

test('a reload of a refused decision leads back to the email', async () => {
  const { open } = await signedIn();
  const response = await open.ask('/review/msg_one/decision');
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/review/msg_one');
});
