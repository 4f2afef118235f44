/** @module An email says why it is sent, for the reviewer and whoever reads the trace later. */
import { failed, passed, type Rule } from '../rule.js';

export const reasonRequired: Rule = {
  code: 'reason_required',
  summary: 'Every email comes with a reason.',
  mode: 'off',
  settings: [],
  remedy: 'Say in `reason` why this email is sent.',
  judge: ({ facts }) => ((facts.reason ?? '').trim() === '' ? failed('deny') : passed()),
};
