/**
 * @module `mailwarden events [--follow]`: what happened, a line each; with `--follow` until Ctrl-C, through broken
 * connections, none lost and none twice.
 */
import type { Command } from 'commander';
import { createClient, type MailwardenEvent } from '../client.js';
import type { Io } from './io.js';
import { printable, renderJson } from './render.js';
import { clientSettings } from './settings.js';

interface Flags {
  follow?: boolean;
  since?: string;
  types?: string[];
  message?: string;
  json?: boolean;
}

export function registerEvents(program: Command, io: Io): void {
  const events = program.commands.find((one) => one.name() === 'events');
  const collect = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')];
  events
    ?.option('--follow', 'go on with what happens from now on, until Ctrl-C')
    .option('--since <event or time>', 'begin after this event, or at this time')
    .option('--types <types>', 'such as message.sent,message.bounced; may be repeated', collect)
    .option('--message <id>', 'of one email')
    .option('--json', 'one line of JSON for each event')
    .action(async (_: unknown, command: Command) => {
      const { follow, json, ...filter } = command.opts<Flags>();
      const client = createClient({ ...clientSettings(command, io), fetch: io.fetch });
      const given = filter as Parameters<typeof client.events.stream>[0];
      for await (const event of follow ? client.events.stream(given) : client.events.each(given))
        io.stdout(json ? renderJson(event) : lineOf(event));
    });
}

function lineOf({ createdAt, type, data }: MailwardenEvent): string {
  const parts = [createdAt, type.padEnd(20), data.messageId, data.recipient, data.reason, data.smtpStatus];
  return `${printable(
    parts
      .filter((one) => one !== undefined)
      .join('  ')
      .trimEnd(),
  )}\n`;
}
