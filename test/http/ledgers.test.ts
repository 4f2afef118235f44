import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const load = (noun: string, csv: string, key = door.admin.apiKey): Promise<Answer> =>
  door.ask('POST', `/v1/${noun}/import`, { key, raw: csv, headers: { 'Content-Type': 'text/csv' } });
const check = (query: string, over: { door?: Door; key?: string } = {}): Promise<Answer> =>
  (over.door ?? door).ask('GET', `/v1/suppressions/check?${query}`, { key: over.key ?? door.admin.apiKey });
async function exported(noun: string, limit: number): Promise<string> {
  let [csv, cursor]: [string, string | null] = ['', ''];
  for (let pages = 0; cursor !== null && pages < 50; pages++) {
    const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await door.ask('GET', `/v1/${noun}/export?limit=${limit}${at}`, {
      key: door.admin.apiKey,
    });
    const page = body as { csv: string; cursor: string | null };
    [csv, cursor] = [csv + page.csv, page.cursor];
  }
  return csv;
}

test('a list is taken in row by row: bad rows are named by line, the same file again changes nothing', async () => {
  const csv = [
    'address,scope,reason',
    'one@files.example,,hard_bounce',
    'not an address,,',
    'files-two.example,domain,"asked, by phone"',
    'three@files.example,everywhere,',
    'One@FILES.example,org,hard_bounce',
  ].join('\r\n');
  const first = await load('suppressions', csv);
  expect(first).toMatchObject({ status: 200, body: { rows: 5, added: 2, unchanged: 1, failed: 2 } });
  expect(first.body.errors.map((one: { line: number; field: string }) => [one.line, one.field])).toEqual([
    [3, 'address'],
    [5, 'scope'],
  ]);
  expect(JSON.stringify(first.body)).not.toContain('files.example');
  expect((await load('suppressions', csv)).body).toMatchObject({ added: 0, unchanged: 3, failed: 2 });
  expect((await check('address=x@files-two.example')).body.suppressed).toBe(true);
});

test('what is exported page by page is one file, which another org takes in as it is', async () => {
  const rows = Array.from({ length: 5 }, (_, i) => `p${i}@pages.example,=cmd()`);
  await load('suppressions', ['address,reason', ...rows].join('\n'));
  const csv = await exported('suppressions', 2);
  expect(csv.match(/^address,/gmu)).toHaveLength(1);
  expect(csv).toContain("'=cmd()");
  const other = await openDoor(shared);
  const again = await load('suppressions', csv, other.admin.apiKey);
  expect(again.body).toMatchObject({ failed: 0, unchanged: 0, added: csv.trim().split('\n').length - 1 });
  const found = await check('address=p3@pages.example', { key: other.admin.apiKey });
  expect(found.body.reasons).toMatchObject([{ reason: '=cmd()', stops: 'all' }]);
});

test('consents are taken in and given out the same way, and never of tomorrow', async () => {
  const csv = [
    'address,kind,basis,jurisdiction,source,evidence,at',
    'ada@ledger.example,granted,implied_inquiry,CASL,call,-1,2026-01-31T10:00:00Z',
    'ada@ledger.example,revoked,,,call,,2026-02-01T10:00:00Z',
    'bob@ledger.example,granted,implied_inquiry,CASL,call,,2026-03-31T10:00:00Z',
    'bob@ledger.example,granted,,CASL,call,,2026-01-31T10:00:00Z',
  ].join('\n');
  const first = await load('consents', csv);
  expect(first.body).toMatchObject({ rows: 4, added: 2, failed: 2 });
  expect(first.body.errors.map((one: { line: number; field: string }) => [one.line, one.field])).toEqual([
    [4, 'at'],
    [5, 'basis'],
  ]);
  const back = await exported('consents', 1);
  expect(back).toContain("ada@ledger.example,granted,implied_inquiry,CASL,call,'-1,");
  // By the law, where nobody said: the last day of the sixth month.
  expect(back).toContain('2026-07-31T10:00:00.000Z');
  expect((await load('consents', back)).body).toMatchObject({ rows: 2, unchanged: 2 });
});

test('a key that is bound to a mailbox imports only for it', async () => {
  const bound = await door.key(['suppressions:write'], { mailboxes: [door.mailbox.id] });
  const csv = `address,scope,mailbox\na@bound.example,org,\nb@bound.example,mailbox,${door.mailbox.id}\n`;
  expect((await load('suppressions', csv, bound.apiKey)).body).toMatchObject({
    ...{ added: 1, failed: 1, errors: [{ line: 2, field: 'scope' }] },
  });
});

test('the check says what stops an address, where and how far', async () => {
  const add = (body: object): Promise<Answer> =>
    door.ask('POST', '/v1/suppressions', { key: door.admin.apiKey, body });
  await add({ address: 'ada@check.example', reason: 'unsubscribe' });
  shared.clock.advance(1);
  await add({ address: 'ada@check.example', scope: 'mailbox', mailbox: door.mailbox.id });
  const all = await check('address=ADA@check.example');
  expect(all.body).toMatchObject({
    ...{ address: 'ADA@check.example', suppressed: true },
    reasons: [
      { scope: 'org', reason: 'unsubscribe', stops: 'but_transactional' },
      { scope: 'mailbox', mailbox: door.mailbox.id, stops: 'all' },
    ],
  });
  expect((await check('address=bob@check.example')).body).toEqual({
    ...{ address: 'bob@check.example', suppressed: false, reasons: [] },
  });
  expect((await check('address=nobody')).status).toBe(400);
});

test.each([
  ['does not answer', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['is broken', new Error('relation "suppressions" does not exist')],
])('where the database %s the check is a 503, never `clear`', async (_, error) => {
  const broken = await openDoor(shared, {
    store: { suppressionsOn: () => Promise.reject(error) },
  });
  const answer = await check('address=bob@check.example', { door: broken, key: broken.admin.apiKey });
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable', retryable: true } });
});
