/** @module Which mistyped domains are recognised, and which are somebody's own. */
import { expect, test } from 'vitest';
import { meantDomain } from '../../src/core/email/typo.js';

test.each([
  ['gmial.com', 'gmail.com'],
  ['gmal.com', 'gmail.com'],
  ['gmaill.com', 'gmail.com'],
  ['gmaul.com', 'gmail.com'],
  ['gmai.com', 'gmail.com'],
  ['gmail.con', 'gmail.com'],
  ['gmail.cmo', 'gmail.com'],
  ['gmail.comm', 'gmail.com'],
  ['hotmial.com', 'hotmail.com'],
  ['yaho.com', 'yahoo.com'],
  ['outlok.com', 'outlook.com'],
  ['icoud.com', 'icloud.com'],
  ['t-onlne.de', 't-online.de'],
])('%s is one slip away from %s', (written, meant) => {
  expect(meantDomain(written)).toBe(meant);
});

test.each([
  ...['gmail.com', 'googlemail.com', 'yahoo.es', 'yahoo.co', 'outlook.de', 'hotmail.fr', 'live.nl'],
  ...['mail.com', 'email.com', 'ymail.com', 'love.com', 'aol.de', 'gmx.com', 'gm.com', 'reader.example'],
  ...['mail.gmail.com', 'gmial.con', 'g.com', 'com.gmail'],
])('%s is taken as it is written', (domain) => {
  expect(meantDomain(domain)).toBeNull();
});
