/**
 * @module `mailwarden dev`: starts everything on this machine and stays up until Ctrl-C.
 */
import type { Command } from 'commander';
import { autonomySchema, type Autonomy } from '../core/policy/schema.js';
import { startDev, type Ready } from '../embedded/dev.js';
import { createLog, logTemporal } from '../log.js';
import { runUntilSignal } from './run-until-signal.js';

interface Flags {
  port: string;
  dataDir: string;
  autonomy?: string;
  json?: boolean;
  logLevel: string;
}

export function registerDev(program: Command): void {
  program
    .command('dev')
    .description('start everything on this machine: Temporal, database, worker, API and a capture inbox')
    .option('--port <number>', 'port of the API; 0 picks a free one', '8025')
    .option('--data-dir <folder>', 'where everything is kept', '.mailwarden')
    .option(
      '--autonomy <level>',
      'of the first mailbox: read_only, review_all, first_contact, monitored, auto, or JSON per side',
    )
    .option('--json', 'print one line of JSON on stdout when ready')
    .option('--log-level <level>', 'fatal, error, warn, info, debug', 'warn')
    .action(async ({ port, dataDir, autonomy, json, logLevel }: Flags) => {
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      const log = createLog(logLevel);
      logTemporal(log);
      await runUntilSignal(say, async (fail) => {
        const dev = await startDev({
          port: parsePort(port),
          dataDir,
          autonomy: parseAutonomy(autonomy),
          env: process.env,
          log,
          say,
          onFailure: fail,
        });
        process.stdout.write(json ? `${JSON.stringify(dev.ready)}\n` : `${readable(dev.ready)}\n`);
        return dev.stop;
      });
    });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/u.test(text) || port > 65_535) throw new Error(`--port ${text} is not a port: give 0 to 65535`);
  return port;
}

function parseAutonomy(text: string | undefined): Autonomy | undefined {
  if (text === undefined) return undefined;
  const parsed = autonomySchema.safeParse(text.startsWith('{') ? JSON.parse(text) : text);
  if (!parsed.success)
    throw new Error(
      '--autonomy must be read_only, review_all, first_contact, monitored or auto, or {"external":…,"internal":…}',
    );
  return parsed.data;
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
