/** @module A sudden rise of what a mailbox sends. */
import { failed, passed, type Rule } from '../rule.js';

const FEWEST = 50;
const TIMES = 5;

export const volumeSpike: Rule = {
  code: 'volume_spike',
  summary:
    `A mailbox that sends ${FEWEST} emails or more in 60 minutes, and more than ${TIMES} times as many as it sent ` +
    'per hour in the last 7 days, is noticed.',
  mode: 'warn',
  settings: [],
  remedy: 'Send it later, or let a person look at why the mailbox sends so much.',
  judge({ facts: { volume } }) {
    const usual = Math.round((volume.dailyAverage / 24) * 10) / 10;
    const evidence = { current: volume.lastHour, usual };
    const isSpike = volume.lastHour >= FEWEST && volume.lastHour > TIMES * usual;
    return isSpike ? failed('deny', evidence) : passed(evidence);
  },
};
