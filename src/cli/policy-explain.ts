/** @module `mailwarden policy explain ID`: why an email stands where it does: every rule, its numbers, and what decided. */
import type { Command } from 'commander';
import { createClient } from '../client.js';
import type { OutputOf } from '../service/operations.js';
import type { Io } from './io.js';
import { requirePathPart } from './operation-commands.js';
import { policyGroup } from './policy-group.js';
import { printable, renderJson, table } from './render.js';
import { clientSettings } from './settings.js';

type Admitted = Extract<OutputOf<'messages.get'>, { verdict: unknown }>;
type Verdict = Admitted['verdict'];
type Trace = OutputOf<'messages.trace'>;

export function registerPolicyExplain(program: Command, io: Io): void {
  policyGroup(program)
    .command('explain')
    .description(
      'say why an email stands where it does: every rule with its numbers, and which of them decided',
    )
    .argument('<id>')
    .option('--json', 'one line of JSON on standard output')
    .action(async (id: string, { json }: { json?: boolean }, command: Command) => {
      requirePathPart('id', id);
      const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
      const message = await client.messages.get({ id });
      const { entries } = await client.messages.trace({ id });
      if (json) io.stdout(renderJson({ ...summaryOf(message), judgements: judgementsIn(entries) }));
      else io.stdout(wordsOf(message, entries));
    });
}

const summaryOf = (message: OutputOf<'messages.get'>): object => {
  const { id, status } = message;
  return { id, status, ...('verdict' in message && { verdict: message.verdict }) };
};

function wordsOf(message: OutputOf<'messages.get'>, entries: Trace['entries']): string {
  if (!('verdict' in message))
    return printable(`${message.id} is ${message.status}; it was not judged yet.\n`);
  const { id, status, verdict } = message;
  const { sentence, wouldPass = [] } = verdict.explain ?? {};
  const before = judgementsIn(entries);
  return [
    printable(
      `${id} is ${status}. ${sentence ?? `Policy said ${verdict.outcome}, and it has gone on since.`}\n`,
    ),
    printable(wouldPass.map((one) => `  ${one}\n`).join('')),
    `\nPolicy ${verdict.policyVersion}; * decided.\n\n`,
    table(
      COLUMNS,
      verdict.checks.map((check) => rowOf(check, verdict)),
    ),
    before.length < 2
      ? ''
      : `\nJudged before:\n${table(['at', 'when', 'outcome', 'rules', 'policy'], before)}`,
  ].join('');
}

const COLUMNS = ['rule', 'status', 'numbers', 'until'];

function rowOf(check: Verdict['checks'][number], { outcome }: Verdict): Record<string, unknown> {
  const { rule, status, effect, evidence = {}, until, accepted } = check;
  const decided = effect !== undefined && effect === outcome && accepted !== true;
  const numbers = Object.entries(evidence).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(' and ') : String(value)}`,
  );
  return {
    rule: `${decided ? '* ' : '  '}${rule}`,
    status: [status, effect, accepted && 'accepted'].filter(Boolean).join(', '),
    numbers: numbers.join(', '),
    until,
  };
}

/** Every judgement of its trace, in order: at admission, after each edit. */
const judgementsIn = (entries: Trace['entries']): Record<string, unknown>[] =>
  entries.flatMap(({ at, type, data }) => {
    const verdict = data['verdict'] as Verdict | undefined;
    if (verdict === undefined) return [];
    const rules = verdict.checks.filter(({ effect }) => effect === verdict.outcome).map(({ rule }) => rule);
    return [
      { at, when: type, outcome: verdict.outcome, rules: rules.join(', '), policy: verdict.policyVersion },
    ];
  });
