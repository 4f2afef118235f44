/** @module A policy that comes along, and the sentences that it keeps: each stands in quotes above its setting. */
import { expect, test } from 'vitest';
import type { Revision } from '../../src/core/email/revision.js';
import { evaluate } from '../../src/core/policy/evaluate.js';
import type { Facts } from '../../src/core/policy/facts.js';
import { policySchema, type Policy } from '../../src/core/policy/schema.js';
import { decidingChecks, type Verdict } from '../../src/core/policy/verdict.js';
import { presets } from '../../src/policy-presets.js';
import { aRevision, NOW, theFacts } from '../support/arbitraries.js';

interface Case {
  revision?: Revision;
  facts?: Partial<Facts>;
}

/** `deny by rate_limit_hourly`, `allow`. */
export type Said = (one?: Case) => string;

export interface Promised {
  said: Said;
  policy: Policy;
  /** Every check, also of what is only warned of. */
  verdict: (one?: Case) => Verdict;
}

/** An ordinary email that every preset allows, where nothing is said of it. */
const ORDINARY: Partial<Facts> = { reason: 'they asked', contacted: [0] };

/** One test per sentence in the file, no more and no less. */
export function presetKeeps(name: string, promises: Readonly<Record<string, (it: Promised) => void>>): void {
  const preset = presets().find((one) => one.name === name);
  if (preset === undefined) throw new Error(`there is no policies/${name}.yaml`);
  const policy = policySchema.parse(preset.document);
  const verdict = ({ revision = aRevision(), facts = {} }: Case = {}): Verdict =>
    evaluate(policy, revision, theFacts({ ...ORDINARY, ...facts }), NOW);
  const said: Said = (one) => {
    const judged = verdict(one);
    if (judged.outcome === 'allow') return 'allow';
    return `${judged.outcome} by ${decidingChecks(judged)
      .map(({ rule }) => rule)
      .join(', ')}`;
  };
  test.each(Object.entries(promises))(`${name}: %s`, (_, keep) => {
    expect(said()).toBe('allow');
    keep({ said, policy, verdict });
  });
  test(`every sentence of ${name}.yaml has its test`, () => {
    const sentences = [...preset.text.matchAll(/# "(.+)"$/gmu)].map((match) => match[1]);
    expect(sentences.sort()).toEqual(Object.keys(promises).sort());
  });
}
