/**
 * @module A command for every operation of the table: `mailwarden approvals decide <id> --action approve …`.
 */
import { Command } from 'commander';
import { createClient, MailwardenError } from '../client.js';
import { operationEntries, pathFields, type Operation, type OperationName } from '../service/operations.js';
import { addFlags, inputFrom } from './flags.js';
import { UsageError, type Io } from './io.js';
import { render, renderJson } from './render.js';

const GROUPS: Readonly<Record<string, string>> = {
  approvals: 'emails that wait for a person',
  unknown: 'emails of which nobody knows whether they were sent',
  suppressions: 'addresses that must not be written to',
  mailboxes: 'the identities that send',
  keys: 'API keys',
};

export function registerOperations(program: Command, io: Io): void {
  for (const [name, operation] of operationEntries()) {
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
  for (const arg of operation.cli.args) command.argument(`<${arg}>`);
  addFlags(command, operation);
  command.option('--json', 'one line of JSON on standard output');
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, operation.cli.args.length) as string[];
    const flags = command.opts();
    const input = await inputFrom(operation, flags, args, io);
    const isJson = flags['json'] === true;
    try {
      const output = await ask(name, operation, input, io);
      io.stdout(isJson ? renderJson(output) : render(operation.cli.words, output));
    } catch (error) {
      // A pipe gets the problem as it got the answer; the line for people follows on standard error.
      if (isJson && error instanceof MailwardenError)
        io.stdout(renderJson({ code: error.code, detail: error.message, ...error.details }));
      throw error;
    }
  });
}

async function ask(
  name: OperationName,
  operation: Operation,
  input: Record<string, unknown>,
  io: Io,
): Promise<unknown> {
  const apiKey = io.env['MAILWARDEN_API_KEY'];
  if (!apiKey) throw new UsageError('set MAILWARDEN_API_KEY to your API key (`mailwarden dev` prints some)');
  if (!/^[!-~]+$/u.test(apiKey))
    throw new UsageError('MAILWARDEN_API_KEY must be one line of ASCII without spaces; copy the key again');
  const url = io.env['MAILWARDEN_URL'] ?? 'http://127.0.0.1:8025';
  if (!URL.canParse(url) || !/^https?:$/u.test(new URL(url).protocol))
    throw new UsageError('MAILWARDEN_URL must be a URL such as http://127.0.0.1:8025');
  for (const field of pathFields(operation.path)) {
    const value = input[field];
    // A URL takes these for the folder itself or the one above it: another path, and another answer.
    if (typeof value === 'string' && ['', '.', '..'].includes(value.trim()))
      throw new UsageError(`${field} must not be empty or only dots`);
  }
  const client = createClient({ url, apiKey, fetch: io.fetch });
  const [noun, verb] = name.split('.') as [string, string];
  const verbs = client as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
  return await verbs[noun]?.[verb]?.(input);
}
