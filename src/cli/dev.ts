/**
 * @module `mailwarden dev`: starts everything on this machine and stays up until Ctrl-C.
 */
import type { Command } from 'commander';
import { autonomySchema, type Autonomy } from '../core/policy/schema.js';
import type { Ready } from '../embedded/dev.js';
import { UsageError, type Io } from './io.js';
import { logLevel, parsePort } from './process-flags.js';
import { runUntilSignal } from './run-until-signal.js';
import { environment } from './settings.js';

interface Flags {
  port: number;
  dataDir: string;
  autonomy?: Autonomy;
  json?: boolean;
  logLevel: string;
}

export function registerDev(program: Command, io: Io): void {
  program
    .command('dev')
    .description('start everything on this machine: Temporal, database, worker, API and a capture inbox')
    .option('--port <number>', 'port of the API; 0 picks a free one', parsePort, 8025)
    .option('--data-dir <folder>', 'where everything is kept', parseFolder, '.mailwarden')
    .option(
      '--autonomy <level>',
      'of the first mailbox: read_only, review_all, first_contact, monitored, auto, or JSON per side',
      parseAutonomy,
    )
    .option('--json', 'print one line of JSON on stdout when ready')
    .addOption(logLevel('warn'))
    .action(async ({ port, dataDir, autonomy, json, logLevel: level }: Flags, command: Command) => {
      const { startDev } = await import('../embedded/dev.js');
      const { createLog, logTemporal } = await import('../log.js');
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      const log = createLog(level);
      logTemporal(log);
      await runUntilSignal(say, async (fail) => {
        const dev = await startDev({
          port,
          dataDir,
          autonomy,
          env: environment(command, io),
          log,
          say,
          onFailure: fail,
        });
        process.stdout.write(json ? `${JSON.stringify(dev.ready)}\n` : `${readable(dev.ready)}\n`);
        return dev.stop;
      });
    });
}

function parseFolder(text: string): string {
  // The empty text is the working folder, which would be hidden from git and filled with data.
  if (text.trim() === '' || text.includes('\0')) throw new UsageError('--data-dir must name a folder');
  return text;
}

function parseAutonomy(text: string): Autonomy {
  const parsed = autonomySchema.safeParse(text.startsWith('{') ? json(text) : text);
  if (!parsed.success)
    throw new UsageError(
      '--autonomy must be read_only, review_all, first_contact, monitored or auto, or {"external":…,"internal":…}',
    );
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function readable({ api, review, temporal, temporalUi, captureSmtp, inbox, mailbox, keys }: Ready): string {
  return [
    `Mailwarden is up.`,
    ``,
    `  API            ${api}`,
    `  Inbox          ${inbox}   (what was sent arrives here; SMTP ${captureSmtp})`,
    `  Review         ${review}   (sign in with the reviewer key)`,
    `  Temporal       ${temporal}${temporalUi ? `   UI ${temporalUi}` : ''}`,
    `  Mailbox        ${mailbox}`,
    `  Agent key      ${keys.agent}`,
    `  Reviewer key   ${keys.reviewer}`,
    `  Sandbox key    ${keys.sandbox}`,
    `  Admin key      ${keys.admin}`,
    ``,
    `Send one:`,
    `  MAILWARDEN_URL=${api} MAILWARDEN_API_KEY=${keys.agent} \\`,
    `    npx mailwarden send --to ann@example.com --subject Hello --text 'It works.'`,
    ``,
    `Ctrl-C stops all of it; nothing that was answered is lost.`,
  ].join('\n');
}
