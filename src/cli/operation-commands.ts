/**
 * @module A command for every operation of the table: `mailwarden approvals decide <id> --action approve …`.
 */
import { Command } from 'commander';
import { callOperation, createClient, MailwardenError } from '../client.js';
import { operationEntries, pathFields, type Operation, type OperationName } from '../service/operations.js';
import { addFlags, argumentsOf, inputFrom } from './flags.js';
import { UsageError, type Io } from './io.js';
import { withProgress } from './progress.js';
import { render, renderJson } from './render.js';
import { clientSettings } from './settings.js';

const GROUPS: Readonly<Record<string, string>> = {
  approvals: 'emails that wait for a person',
  unknown: 'emails of which nobody knows whether they were sent',
  suppressions: 'addresses that must not be written to',
  mailboxes: 'the identities that send',
  drafts: 'emails that are not submitted yet',
  attachments: 'files that emails name by their SHA-256',
  addresses: 'whether somebody can be written to',
  quotas: 'limits, and how much of them is used',
  policy: 'the rules between an agent and its mail',
  keys: 'API keys',
  org: 'the organisation as a whole',
  leases: 'contacts that you hold, so that no other agent writes to them',
  principals: 'who acts: agents, people and services',
  webhooks: 'where events are posted to',
  events: 'what happened, in order',
};

export function registerOperations(program: Command, io: Io): void {
  for (const [name, operation] of operationEntries()) {
    if (operation.gives === 'events') continue;
    const words = operation.cli.words.split(' ');
    const [first = '', second] = words;
    const parent = second === undefined ? program : group(program, first);
    parent.addCommand(commandFor(name, operation, second ?? first, io));
  }
}

function group(program: Command, name: string): Command {
  const found = program.commands.find((one) => one.name() === name);
  if (found) return found;
  return program.command(name).description(GROUPS[name] ?? name);
}

function commandFor(name: OperationName, operation: Operation, word: string, io: Io): Command {
  const command = new Command(word).description(operation.cli.summary);
  const places = argumentsOf(operation);
  for (const place of places) command.argument(`<${place}>`);
  addFlags(command, operation);
  command.option('--json', 'one line of JSON on standard output');
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, places.length) as string[];
    const flags = command.opts();
    const input = await inputFrom(operation, flags, args, io);
    const isJson = flags['json'] === true;
    try {
      const output = await withProgress(io, () =>
        ask(name, operation, input, clientSettings(command, io), io),
      );
      io.stdout(isJson ? renderJson(output) : render(operation.cli.words, output));
    } catch (error) {
      // A pipe gets the problem as it got the answer; the line for people follows on standard error.
      if (isJson && error instanceof MailwardenError)
        io.stdout(renderJson({ code: error.code, detail: error.message, ...error.details }));
      throw error;
    }
  });
}

/** @throws UsageError. A URL takes these for the folder itself or the one above it: another path, and another answer. */
export function requirePathPart(field: string, value: unknown): void {
  if (typeof value === 'string' && ['', '.', '..'].includes(value.trim()))
    throw new UsageError(`${field} must not be empty or only dots`);
}

async function ask(
  name: OperationName,
  operation: Operation,
  input: Record<string, unknown>,
  settings: { url: string; apiKey: string },
  io: Io,
): Promise<unknown> {
  for (const field of pathFields(operation.path)) requirePathPart(field, input[field]);
  const client = createClient({ ...settings, fetch: io.fetch });
  return await callOperation(client, name, input);
}
