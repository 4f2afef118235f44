/** @module Every promise has a test or an issue that will bring one; what is still open is printed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REQUIREMENTS, type Requirement } from './requirements.js';
import { citedIn, gaps } from './support/requirements.js';

const promises: Readonly<Record<string, Requirement>> = REQUIREMENTS;

const cited = new Set(
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && file !== 'coverage.test.ts')
    .flatMap((file) => citedIn(readFileSync(join(import.meta.dirname, file), 'utf8'))),
);

test('every promise is cited by a test or names the issue that will bring it', () => {
  const open = Object.entries(promises).filter(([, one]) => one.open !== undefined);
  if (open.length > 0)
    console.log(
      [
        'Promises that are still open:',
        ...open.map(([id, one]) => `  ${id} (issue ${one.open}): ${one.sentence}`),
      ].join('\n'),
    );
  expect(gaps(promises, cited)).toEqual([]);
});

test('the nine promises of the design stand in the manifest', () => {
  expect(Object.keys(promises).filter((id) => !id.includes('/'))).toEqual([
    'send:once',
    'send:none-lost',
    'approval:exact',
    'approval:fail-closed',
    'policy:before-wire',
    'suppress:always',
    'feedback:once',
    'secrets:nowhere',
    'input:clear-error',
  ]);
});

test('a promise without a test, a test without a promise and a promise no longer open are each named', () => {
  expect(gaps({ 'a:kept': {}, 'b:open': { open: 4 } }, new Set(['a:kept']))).toEqual([]);
  expect(gaps({ 'a:kept': {} }, new Set())).toEqual([
    'a:kept: no test cites it, and no issue is named that will bring one',
  ]);
  expect(gaps({ 'b:open': { open: 4 } }, new Set(['b:open']))).toEqual([
    'b:open: a test cites it, so it is no longer open',
  ]);
  expect(gaps({}, new Set(['c:other']))).toEqual(['c:other: nobody promised it']);
});

test('a citation is found however it is laid out', () => {
  // Assembled, so that this file itself cites nothing.
  const call = 'verifi' + 'es';
  expect(citedIn(`${call}('send:once', 'x', () => {});\n  ${call}(\n    "a:b/c-d",\n    'y');`)).toEqual([
    'send:once',
    'a:b/c-d',
  ]);
});
