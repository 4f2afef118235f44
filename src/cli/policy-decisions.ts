/** @module `mailwarden policy approve ID` and `policy reject ID`: short for `policy decide`. */
import type { Command } from 'commander';
import { createClient } from '../client.js';
import type { Io } from './io.js';
import { requirePathPart } from './operation-commands.js';
import { policyGroup } from './policy-group.js';
import { render, renderJson } from './render.js';
import { clientSettings } from './settings.js';

interface Flags {
  comment?: string;
  json?: boolean;
}

const ACTIONS = [
  ['approve', 'let a loosening of a policy hold, that somebody asked for'],
  ['reject', 'refuse it'],
] as const;

export function registerPolicyDecisions(program: Command, io: Io): void {
  for (const [action, description] of ACTIONS)
    policyGroup(program)
      .command(action)
      .description(description)
      .argument('<id>')
      .option('--comment <text>', 'for the record, and for who asked')
      .option('--json', 'one line of JSON on standard output')
      .action(async (id: string, { comment, json }: Flags, command: Command) => {
        requirePathPart('id', id);
        const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
        const said = comment === undefined ? {} : { comment };
        const answer = await client.policyChanges.decide({ id, action, ...said });
        io.stdout(json ? renderJson(answer) : render(`policy ${action}`, answer));
      });
}
