/** @module What policies/multimail.yaml promises. */
import { expect } from 'vitest';
import type { Facts } from '../../src/core/policy/facts.js';
import type { Autonomy } from '../../src/core/policy/schema.js';
import { theFacts, to } from '../support/arbitraries.js';
import { presetKeeps } from './preset.js';

const with_ = (autonomy: Autonomy): Partial<Facts> => ({ mailbox: { ...theFacts().mailbox, autonomy } });

presetKeeps('multimail', {
  'A mailbox in gated_send has every email wait for a person.': ({ said }) => {
    expect(said({ facts: with_('review_all') })).toBe('review by autonomy_level');
  },
  'A scheduled email waits for approval before it is released.': ({ said }) => {
    const facts = { ...with_('review_all'), goesAt: '2026-03-05T12:00:00.000Z' };
    expect(said({ facts })).toBe('review by autonomy_level');
  },
  'A mailbox in read_only sends nothing.': ({ said }) => {
    expect(said({ facts: with_('read_only') })).toBe('deny by autonomy_level');
  },
  'Without a person an agent writes to known recipients only.': ({ said }) => {
    expect(said({ facts: { contacted: [] } })).toBe('review by first_contact');
  },
  'An address with invalid syntax is refused at once.': ({ said }) => {
    expect(said({ revision: to('ada..b@client.example') })).toBe('deny by address_syntax');
  },
  'What was written after reading untrusted mail is looked at.': ({ said }) => {
    expect(said({ facts: { untrusted: { threadRecipients: [] } } })).toBe('review by untrusted_input');
  },
  'A retry sends no second email.': ({ said }) => {
    expect(said({ facts: { duplicateOf: 'msg_first' } })).toBe('deny by duplicate');
  },
});
