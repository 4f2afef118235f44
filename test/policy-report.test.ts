/** @module The report on labelled cases: what it says, and what it says of a file that it cannot read. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { agreementOn, readAddresses, verdictsOn } from '../scripts/policy-report/addresses.js';

const CASES = [
  { id: 'a', address: 'ada@client.example', verdict: 'ok', category: 'VALID' },
  { id: 'b', address: 'ada@bücher.example', verdict: 'unusual', category: 'VALID' },
  { id: 'c', address: 'ada@', verdict: 'ok', category: 'ERR', note: 'labelled wrong' },
  { id: 'd', address: 'ada\u0000@client.example' },
];
const TEXT = JSON.stringify(CASES);

test('every case has the verdict that policy and the doors give it', () => {
  expect(verdictsOn(readAddresses(TEXT))).toEqual({ a: 'ok', b: 'unusual', c: 'invalid', d: 'invalid' });
});

test('the table counts what agrees by category, and names by id what does not', () => {
  const lines = agreementOn(readAddresses(TEXT)).map((line) => line.replace(/ +/gu, ' '));
  expect(lines).toEqual([
    'category agree of',
    'ERR 0 1',
    'VALID 2 2',
    'all 2 3',
    'c: labelled ok, judged invalid',
  ]);
});

const folder = mkdtempSync(join(tmpdir(), 'policy-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> => {
  const script = fileURLToPath(new URL('../scripts/policy-report.ts', import.meta.url));
  try {
    return {
      ...(await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...args])),
      code: 0,
    };
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number };
  }
};

test('it prints one JSON document, and says what is wrong with a file or an argument', async () => {
  const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')];
  writeFileSync(good, TEXT);
  writeFileSync(bad, '[{ "id": "a" }]');
  const [right, ...wrong] = await Promise.all([
    run('--set', 'addresses', '--in', good, '--json'),
    run('--set', 'addresses', '--in', bad),
    run('--set', 'secrets', '--in', good),
    run('--set', 'addresses'),
  ]);
  expect(JSON.parse(right.stdout)).toMatchObject({ a: 'ok', c: 'invalid' });
  expect(wrong.map(({ code, stderr }) => [code, stderr.split('\n')[0]])).toEqual([
    [2, expect.stringContaining('0.address')],
    [2, 'there is no set secrets'],
    [2, '--in is missing'],
  ]);
}, 30_000);
