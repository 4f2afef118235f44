/**
 * @module `mailwarden policy simulate FILE` and `policy replay FILE`: the commands of these operations, which take a file
 * as people write it, and answer what people look for.
 */
import type { Command } from 'commander';
import { callOperation, createClient } from '../client.js';
import { OPERATIONS, type Operation, type OutputOf } from '../service/operations.js';
import { inputFrom } from './flags.js';
import { UsageError, type Io } from './io.js';
import { policyGroup, yamlAt } from './policy-group.js';
import { withProgress } from './progress.js';
import { printable, renderJson, table } from './render.js';
import { clientSettings } from './settings.js';

type Rehearsal = 'messages.simulate' | 'policy.replay';

/** After the commands of all operations, because it adds to those of these two. */
export function registerPolicyRehearsals(program: Command, io: Io): void {
  const group = policyGroup(program);
  const add = <N extends Rehearsal>(
    name: N,
    file: string,
    read: (value: unknown) => Record<string, unknown>,
    show: (output: OutputOf<N>) => string,
  ): void => {
    const operation: Operation = OPERATIONS[name];
    group.commands
      .find((one) => one.name() === operation.cli.words.split(' ')[1])
      ?.argument('[file]', file)
      .action(async (path: string | undefined, flags: Record<string, unknown>, command: Command) => {
        const written = path === undefined ? {} : read((await yamlAt(path, io)).value);
        const input = { ...written, ...(await inputFrom(operation, flags, [], io)) };
        const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
        const output = await withProgress(io, () => callOperation(client, name, input));
        io.stdout(flags['json'] === true ? renderJson(output) : show(output as OutputOf<N>));
      });
  };
  add(
    'messages.simulate',
    'YAML or JSON: a list of emails, or `requests` with `mailbox` and a candidate `policy`; - for standard input',
    (value) => (Array.isArray(value) ? { requests: value } : mappingIn(value)),
    simulated,
  );
  add(
    'policy.replay',
    'YAML or JSON: what differs from the policy that holds; - for standard input',
    (value) => ({ policy: mappingIn(value) }),
    replayed,
  );
}

function mappingIn(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError('the file must hold fields: `name: value`');
}

function simulated({ asOf, results }: OutputOf<'messages.simulate'>): string {
  const rows = results.map(({ index, outcome, status, wouldGoAt, verdict }) => ({
    ...{ n: index + 1, outcome, status, goes: wouldGoAt },
    why: verdict.explain?.sentence ?? '',
  }));
  return (
    table(['n', 'outcome', 'status', 'goes'], rows) +
    printable(rows.map(({ n, why }) => `${n}: ${why}\n`).join('')) +
    `As of ${asOf}. Nothing was sent, and what is known may change until it is.\n`
  );
}

function replayed({ judged, counts, differences, facts }: OutputOf<'policy.replay'>): string {
  const rows = differences.map(({ rules, ...one }) => ({ ...one, rules: rules.join(', ') }));
  const columns = ['id', 'createdAt', 'then', 'live', 'candidate', 'rules'];
  const same = judged - differences.length;
  return [
    rows.length === 0 ? '' : `${table(columns, rows)}\n`,
    `${judged} emails judged: ${same} the same, ${differences.length} not`,
    Object.entries(counts)
      .map(([name, count]) => `\n  ${name.replace(' ', ' → ')}: ${count}`)
      .join(''),
    `\nFacts of then: ${facts.ofThen.join(', ')}. Of now: ${facts.ofNow.join(', ')}.\n`,
  ].join('');
}
