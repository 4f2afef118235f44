/**
 * @module `mailwarden policy apply FILE`: the command of that operation, which reads a policy as people write it, shows
 * what it changes, and sets exactly what was shown.
 */
import type { Command } from 'commander';
import { createClient } from '../client.js';
import { OPERATIONS, type InputOf, type OutputOf } from '../service/operations.js';
import { inputFrom } from './flags.js';
import { UsageError, type Io } from './io.js';
import { readPolicy } from './policy-file.js';
import { policyGroup } from './policy-group.js';
import { printable, renderJson, table } from './render.js';
import { clientSettings } from './settings.js';

type Applied = OutputOf<'policy.apply'>;

interface Flags {
  yes?: boolean;
  json?: boolean;
}

/** After the commands of all operations, because it adds to one. */
export function registerPolicyApply(program: Command, io: Io): void {
  policyGroup(program)
    .commands.find((one) => one.name() === 'apply')
    ?.argument(
      '[file]',
      'YAML or JSON, - for standard input, or the name of a policy that comes with Mailwarden',
    )
    .option('--yes', 'do not ask first')
    .action(async (file: string | undefined, flags: Flags, command: Command) => {
      const input = await inputOf(file, command, io);
      const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
      const planned = await client.policy.apply({ ...input, dryRun: true });
      const isDone = input.dryRun === true || (planned.changes.length === 0 && planned.version > 0);
      if (flags.json !== true) io.stdout(shown(planned));
      if (!isDone && !(await isWanted(flags, io))) throw new Error('nothing was changed');
      const answer = isDone ? planned : await client.policy.apply({ ...input, basedOn: planned.basedOn });
      if (flags.json === true) io.stdout(renderJson(answer));
      else if (answer.applied) io.stdout(`Applied as version ${answer.version}, ${answer.digest}.\n`);
    });
}

async function inputOf(file: string | undefined, command: Command, io: Io): Promise<InputOf<'policy.apply'>> {
  const given = await inputFrom(OPERATIONS['policy.apply'], command.opts(), [], io);
  const input = file === undefined ? given : { ...given, document: await readPolicy(file, io) };
  if (!Object.hasOwn(input, 'document')) throw new UsageError('name a file, or give --document');
  return input as unknown as InputOf<'policy.apply'>;
}

async function isWanted({ yes, json }: Flags, { ask }: Io): Promise<boolean> {
  if (yes === true || json === true || ask === undefined) return true;
  return /^y(es)?$/iu.test((await ask('Apply this? [y/N] ')).trim());
}

function shown({ mailbox, changes, warnings }: Applied): string {
  const rows = changes.map(({ field, before, after, loosens }) => ({
    ...{ setting: field, before: text(before), after: text(after) },
    note: loosens ? 'loosens' : '',
  }));
  const whose = mailbox === null ? 'the organisation' : mailbox;
  return printable(
    [
      rows.length === 0 ? `Nothing changes for ${whose}.\n` : `For ${whose}:\n`,
      rows.length === 0 ? '' : table(['setting', 'before', 'after', 'note'], rows),
      ...warnings.map(({ field, message }) => `Warning: ${field} ${message}.\n`),
    ].join(''),
  );
}

const text = (value: unknown): string =>
  value === null ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
