/** @module What policies/agentmail.yaml promises. */
import { expect } from 'vitest';
import { to } from '../support/arbitraries.js';
import { presetKeeps } from './preset.js';

presetKeeps('agentmail', {
  'Outreach to somebody outside is never sent without explicit approval.': ({ said }) => {
    expect(said({ facts: { contacted: [] } })).toBe('review by first_contact');
  },
  'Whom the organisation has reached before can be written to without it.': ({ said }) => {
    expect(said({ facts: { contacted: [0] } })).toBe('allow');
  },
  'What it is sent for is said before it is sent.': ({ said }) => {
    expect(said({ facts: { reason: null } })).toBe('deny by reason_required');
  },
  'Every recipient is checked before it is sent.': ({ said }) => {
    const facts = { contacted: [] };
    expect(said({ revision: to('ada@gmial.com'), facts })).toBe('review by likely_typo, first_contact');
  },
});
