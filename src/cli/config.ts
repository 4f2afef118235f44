/**
 * @module `mailwarden config`: every setting as it is in force, and where it comes from.
 */
import type { Command } from 'commander';
import { ConfigError } from '../config.js';
import { settingsOf } from '../config-sources.js';
import { UsageError, type Io } from './io.js';
import { render, renderJson } from './render.js';
import { environment, readText } from './settings.js';

export function registerConfig(program: Command, io: Io): void {
  program
    .command('config')
    .description('show every setting and where it comes from: flag, environment, file, default')
    .option('--changed', 'only what is not a default')
    .option('--json', 'one line of JSON on standard output')
    .action((flags: { changed?: boolean; json?: boolean }, command: Command) => {
      const given = command.optsWithGlobals<{ server?: string }>();
      try {
        const all = settingsOf(
          environment(command, io),
          readText(io),
          given.server === undefined ? {} : { 'client.url': '--server' },
        );
        const items = flags.changed ? all.filter(({ source }) => source !== 'default') : all;
        io.stdout(flags.json ? renderJson({ items }) : render('config', { items }));
      } catch (error) {
        if (error instanceof ConfigError) throw new UsageError(error.message);
        throw error;
      }
    });
}
