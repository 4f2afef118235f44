/** @module `mailwarden tools`: the tools for a model, as JSON for the vendor's API. */
import { Option } from 'commander';
import { TOOLSET_NAMES } from '../tools/catalog.js';
import { FORMATS, toolDefinitions, type Format } from '../tools/definitions.js';
import { UsageError, type Register } from './io.js';

interface Flags {
  format: Format;
  toolsets: string;
  only?: string;
  fixedMailbox?: true;
}

const list = (text: string): string[] => text.split(',').map((one) => one.trim());

export const registerTools: Register = (program, io) => {
  program
    .command('tools')
    .description('Print the tools for a model, as JSON for its API')
    .addOption(new Option('--format <format>', 'whose form').choices(FORMATS).default('openai'))
    .option('--toolsets <names>', `separated by commas: ${Object.keys(TOOLSET_NAMES).join(', ')}`, 'default')
    .option('--only <tools>', 'of these, only the tools named here, separated by commas')
    .option('--fixed-mailbox', 'without the field mailbox: the key, or your code, says which')
    .action(({ format, toolsets, only, fixedMailbox }: Flags) => {
      try {
        const made = toolDefinitions({
          ...{ format, toolsets: list(toolsets), fixedMailbox: fixedMailbox === true },
          ...(only !== undefined && { only: list(only) }),
        });
        io.stdout(`${JSON.stringify(made, null, 2)}\n`);
      } catch (error) {
        if (error instanceof RangeError) throw new UsageError(error.message);
        throw error;
      }
    });
};
