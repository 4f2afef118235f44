/** @module An approval is young: whoever gave it may still take it back. */
import { failed, passed, skipped, type Rule } from '../rule.js';

export const approvalAge: Rule = {
  code: 'approval_age',
  summary: 'What a person has approved goes some minutes later, so that the approval can be taken back.',
  mode: 'enforce',
  settings: ['approvalAgeMinutes'],
  remedy: 'Wait: it goes by itself when the approval is old enough.',
  judge({ policy, facts }) {
    const { approvedAt, goesAt } = facts;
    if (policy.approvalAgeMinutes === 0 || approvedAt === null) return skipped();
    const until = new Date(Date.parse(approvedAt) + policy.approvalAgeMinutes * 60_000);
    const evidence = { minutes: policy.approvalAgeMinutes };
    return until <= new Date(goesAt) ? passed(evidence) : failed('wait', evidence, until.toISOString());
  },
};
