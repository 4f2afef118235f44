import { expect, test } from 'vitest';
import type { Category } from '../../../src/core/email/request.js';
import { aRevision } from '../../support/arbitraries.js';
import { judge } from './judge.js';

const of = (category: Category, categories: Category[] | null) =>
  judge('category_allowed', {
    revision: aRevision({ category }),
    facts: { key: { status: 'active', categories } },
  });

test('a key without categories is for all of them, and so is an email without a key', () => {
  expect(of('commercial', null)).toEqual({ status: 'skipped' });
  expect(judge('category_allowed', { facts: { key: null } })).toEqual({ status: 'skipped' });
});

test('a key with categories is for these and no other', () => {
  const evidence = { category: 'commercial' };
  expect(of('commercial', ['transactional', 'commercial'])).toEqual({ status: 'passed', evidence });
  for (const categories of [['transactional'], []] satisfies Category[][])
    expect(of('commercial', categories)).toEqual({ status: 'failed', effect: 'deny', evidence });
});
