/**
 * @module A verdict in words, for an agent that has to decide what to do next. They are made of codes and numbers
 * alone, so that nothing which stands in an email can pass for words of ours. Pure.
 */
import { RULES } from './rules/index.js';
import { decidingChecks, type Check, type Evidence, type Verdict } from './verdict.js';

export interface Explanation {
  /** What policy said, and which rules said so, with their numbers. */
  sentence: string;
  /** The same email, sent again later, may pass. Where it waits already, nobody has to. */
  retryable: boolean;
  /** Seconds until the rules in the way find otherwise, where they say. */
  retryAfter?: number;
  /** What would make it pass, one sentence per rule in the way; all of them are needed. */
  wouldPass: string[];
}

const REMEDIES = new Map<string, string>(RULES.map(({ code, remedy }) => [code, remedy]));

export function explain(verdict: Verdict, now: Date): Explanation {
  const deciding = verdict.outcome === 'allow' ? [] : decidingChecks(verdict);
  const retryAfter = retryAfterOf(verdict, now);
  const remedies = deciding.map(({ rule }) => REMEDIES.get(rule)).filter((one) => one !== undefined);
  return {
    sentence: sentenceOf(verdict, deciding),
    retryable: verdict.outcome === 'deny' && deciding.every(passesLater),
    ...(retryAfter !== undefined && { retryAfter }),
    wouldPass: [...new Set(remedies)],
  };
}

/** A limit of 0 never opens. */
const passesLater = ({ until, evidence }: Check): boolean => until !== undefined && evidence?.['limit'] !== 0;

/** Seconds until the checks that decided would find otherwise, where all of them say. */
export function retryAfterOf(verdict: Verdict, now: Date): number | undefined {
  const opens = decidingChecks(verdict).map((check) => check.until);
  if (opens.length === 0) return undefined;
  const times = opens.flatMap((until) => (until === undefined ? [] : [Date.parse(until)]));
  if (times.length < opens.length) return undefined;
  return Math.max(1, Math.ceil((Math.max(...times) - now.getTime()) / 1000));
}

function sentenceOf(verdict: Verdict, deciding: readonly Check[]): string {
  const because = deciding.map(worded).join(', ');
  switch (verdict.outcome) {
    case 'deny':
      return `Policy denies it: ${because}.`;
    case 'review':
      return `Policy asks a person to look at it first: ${because}.`;
    case 'wait':
      return `Policy lets it go${verdict.until === undefined ? ' later' : ` at ${verdict.until}`}: ${because}.`;
    case 'allow': {
      const warned = verdict.checks.filter((check) => check.status === 'warned').map(worded);
      return warned.length === 0 ? 'Policy allows it.' : `Policy allows it, and warns: ${warned.join(', ')}.`;
    }
  }
}

/** `rate_limit_hourly (current 23, limit 100)`: by name, because a database keeps no order of them. */
function worded({ rule, evidence = {} }: Check): string {
  const parts = Object.entries(evidence)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${shown(value)}`);
  return parts.length === 0 ? rule : `${rule} (${parts.join(', ')})`;
}

const MOST_INDEXES = 10;

function shown(value: Evidence[string]): string {
  if (!Array.isArray(value)) return String(value);
  const more = value.length > MOST_INDEXES ? ` and ${value.length - MOST_INDEXES} more` : '';
  return `${value.slice(0, MOST_INDEXES).join(' and ')}${more}`;
}
