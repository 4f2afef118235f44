import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import { csvOf, rowsOf, type CsvRow, type RowProblem } from '../../src/service/csv.js';
import { importRows } from '../../src/service/import.js';

const COLUMNS = ['address', 'reason'];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
async function read(text: string): Promise<(CsvRow | RowProblem)[]> {
  const found: (CsvRow | RowProblem)[] = [];
  for await (const row of rowsOf(bytes(text), COLUMNS)) found.push(row);
  return found;
}

test('what is written is read again as it was, whatever stands in a cell', async () => {
  const cell = fc
    .oneof(
      fc.string(),
      fc.string().map((text) => `=${text}`),
      fc.constantFrom("'=1", "''+", '-1', '＝x', 'a,"b"'),
    )
    // Spaces around a cell are no part of it, and an empty cell is none.
    .filter((text) => text.trim() === text && text !== '' && !/^'+$/u.test(text));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ address: cell, reason: cell }), { maxLength: 5 }), async (rows) => {
      const back = await read(csvOf(COLUMNS, rows, true));
      expect(back.map((row) => 'values' in row && row.values)).toEqual(rows);
    }),
  );
});

test.each(['=1+1', '+1', '-1', '@x', '\t=1', "'=1", '＝1'])('no spreadsheet runs %j', (cell) => {
  expect(csvOf(['reason'], [{ reason: cell }], false)).toMatch(/^"?'/u);
});

test('a row with too few or too many cells is told by its line, and the others are read', async () => {
  expect(
    await read('address,reason\na@x.example,manual\nb@x.example\nc@x.example,a,b\nd@x.example,z'),
  ).toEqual([
    { line: 2, values: { address: 'a@x.example', reason: 'manual' } },
    { line: 3, message: 'must have a cell for each column of the header' },
    { line: 4, message: 'must have a cell for each column of the header' },
    { line: 5, values: { address: 'd@x.example', reason: 'z' } },
  ]);
});

test('after a quote that is not closed nothing is read, and the answer says so', async () => {
  const found = await read('address,reason\na@x.example,b\n"b@x.example,b\nc@x.example,b\n');
  expect(found[0]).toEqual({ line: 2, values: { address: 'a@x.example', reason: 'b' } });
  expect(found[1]).toMatchObject({ message: expect.stringMatching(/nothing after it was read/u) });
  expect(found).toHaveLength(2);
});

test.each([
  ['without a header', 'ada@x.example,manual\n'],
  ['with a column that nobody knows', 'address,colour\nada@x.example,red\n'],
  ['with a column twice', 'address,address\n'],
])('a file %s is refused, and nothing of it is repeated', async (_, text) => {
  const error: unknown = await read(text).catch((one: unknown) => one);
  expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'content' } });
  expect((error as Problem).message).not.toContain('ada@');
});

test('bytes that are no UTF-8 are refused', async () => {
  const rows = rowsOf(new Uint8Array([0xff, 0xfe, 0x61]), COLUMNS);
  await expect(rows.next()).rejects.toMatchObject({ code: 'invalid_request' });
});

test('an import goes in batches, counts what was new, and lists a hundred of its problems', async () => {
  const text = `address\n${Array.from({ length: 1_200 }, (_, i) => `${i}\n`).join('')}`;
  const batches: number[] = [];
  const answer = await importRows(
    ...([bytes(text), COLUMNS] as const),
    async ({ address }) => {
      if (Number(address) % 6 === 0)
        throw new Problem('invalid_request', { detail: 'is bad', field: 'address' });
      return address;
    },
    async (entries) => {
      batches.push(entries.length);
      return entries.length - 1;
    },
  );
  expect(batches).toEqual([500, 500]);
  expect(answer).toMatchObject({ rows: 1_200, added: 998, unchanged: 2, failed: 200 });
  expect(answer.errors).toHaveLength(100);
  expect(answer.errors[1]).toEqual({ line: 8, field: 'address', message: 'is bad' });
});
