/** @module Keys that are for some categories of email only: what a support agent needs is no newsletter. */
import { failed, passed, skipped, type Rule } from '../rule.js';

export const categoryAllowed: Rule = {
  code: 'category_allowed',
  summary: 'A key sends only email of the categories that it is for.',
  mode: 'enforce',
  settings: [],
  remedy: 'Send it with a key that is for this category; another category is no way around.',
  judge({ revision, facts }) {
    const categories = facts.key?.categories ?? null;
    if (categories === null) return skipped();
    const { category } = revision;
    return categories.includes(category) ? passed({ category }) : failed('deny', { category });
  },
};
