/** @module `mailwarden pause` and `mailwarden resume`: the kill switch, of all, of one mailbox or of one key. */
import type { Command } from 'commander';
import { callOperation, createClient } from '../client.js';
import type { OperationName } from '../service/operations.js';
import { UsageError, type Io } from './io.js';
import { render, renderJson } from './render.js';
import { clientSettings } from './settings.js';

interface Flags {
  org?: boolean;
  mailbox?: string;
  key?: string;
  reason?: string;
  json?: boolean;
}

export function registerPause(program: Command, io: Io): void {
  const add = (word: 'pause' | 'resume', summary: string): Command =>
    program
      .command(word)
      .description(summary)
      .option('--org', 'all email of the organisation')
      .option('--mailbox <mailbox>', 'of one mailbox: its id or address')
      .option('--key <id>', 'what is sent with one API key, and with those made with it')
      .option('--json', 'one line of JSON on standard output')
      .action(async (_: unknown, command: Command) => {
        const flags = command.opts<Flags>();
        const [name, input] = callFor(word, flags);
        const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
        const output = await callOperation(client, name, input);
        io.stdout(flags.json ? renderJson(output) : render(`${name.split('.')[0]} get`, output));
      });
  add('pause', 'stop email: new email is denied, and what was accepted waits').option(
    '--reason <text>',
    'for the people who find it paused',
  );
  add('resume', 'let email go on that was paused');
}

type Call = [OperationName, Record<string, unknown>];

/** Exactly one of the three: nobody stops everything by forgetting a flag. */
function callFor(word: 'pause' | 'resume', { org, mailbox, key, reason }: Flags): Call {
  const why = reason === undefined ? {} : { reason };
  const calls: (Call | null)[] = [
    org ? [`org.${word}`, why] : null,
    key === undefined ? null : [`keys.${word}`, { id: key, ...why }],
    mailbox === undefined
      ? null
      : ['mailboxes.update', { mailbox, status: word === 'pause' ? 'paused' : 'active' }],
  ];
  const [only, ...others] = calls.filter((call) => call !== null);
  if (only === undefined || others.length > 0)
    throw new UsageError(`say what to ${word}: --org, --mailbox <mailbox> or --key <id>`);
  if (mailbox !== undefined && reason !== undefined)
    throw new UsageError('--reason goes with --org and --key');
  return only;
}
