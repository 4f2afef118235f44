/** @module `mailwarden policy test cases.yaml`: does a policy say what it is meant to? Without a server, for CI. */
import type { Command } from 'commander';
import { z } from 'zod';
import { fieldProblems } from '../core/email/problem.js';
import { caseSchema, judgeCase, namedRules, type Case } from '../core/policy/case.js';
import { explain } from '../core/policy/explain.js';
import { policySchema } from '../core/policy/schema.js';
import type { Verdict } from '../core/policy/verdict.js';
import { UsageError, type Io } from './io.js';
import { policyGroup, yamlAt } from './policy-group.js';
import { printable, renderJson } from './render.js';

const casesSchema = z.strictObject({
  /** On the defaults. */
  policy: policySchema.prefault({}),
  cases: z.array(caseSchema).min(1).max(1_000),
});

export function registerPolicyTest(program: Command, io: Io): void {
  policyGroup(program)
    .command('test')
    .description(
      'check that a policy says of each email in a YAML file what the file expects; no server is asked',
    )
    .argument(
      '<file>',
      '`policy` and `cases`, each with `name`, `email`, `facts` and `expect: { outcome, rules }`',
    )
    .option('--json', 'one line of JSON on standard output')
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { policy, cases } = await readCases(path, io);
      const results = cases.map((one) => ({ ...one, ...judgeCase(policy, one) }));
      const failed = results.filter(({ isExpected }) => !isExpected).length;
      if (json) io.stdout(renderJson({ cases: results.length, failed, results: results.map(shortly) }));
      else io.stdout(printable(results.map(linesOf).join('')));
      if (failed > 0) throw new Error(`${failed} of ${results.length} cases are not as expected`);
      if (!json) io.stdout(`${results.length} cases, all as expected.\n`);
    });
}

async function readCases(path: string, io: Io): Promise<z.output<typeof casesSchema>> {
  const { value, placeOf } = await yamlAt(path, io);
  const parsed = casesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = fieldProblems(parsed.error);
  const field = first?.field ?? '';
  throw new UsageError(
    `${placeOf(field)}: ${field === '' ? 'the file' : field}: ${first?.message ?? 'is not valid'}`,
  );
}

type Result = Case & ReturnType<typeof judgeCase>;

function linesOf({ name, at, expect, verdict, isExpected }: Result): string {
  if (isExpected) return `ok    ${name}\n`;
  const { sentence } = explain(verdict, new Date(at));
  return [
    `FAIL  ${name}`,
    `      expected ${said(expect.outcome, expect.rules ?? [])}, and policy says ${said(verdict.outcome, namedRules(verdict))}`,
    `      ${sentence}`,
    '',
  ].join('\n');
}

const said = (outcome: Verdict['outcome'], rules: readonly string[]): string =>
  rules.length === 0 ? outcome : `${outcome} by ${rules.join(', ')}`;

const shortly = ({ name, expect, verdict, isExpected }: Result): object => ({
  ...{ name, isExpected, expected: expect },
  ...{ outcome: verdict.outcome, rules: namedRules(verdict), checks: verdict.checks },
});
