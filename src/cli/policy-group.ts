/** @module The group of commands `mailwarden policy`, and the files that they read. */
import type { Command } from 'commander';
import { readYaml, type YamlFile } from '../yaml-file.js';
import { UsageError, type Io } from './io.js';
import { readText } from './settings.js';

/** The group, made where no command of it was yet. */
export const policyGroup = (program: Command): Command =>
  program.commands.find((one) => one.name() === 'policy') ??
  program.command('policy').description('the rules between an agent and its mail');

/** @throws UsageError where it cannot be read, or is no YAML. */
export async function yamlAt(path: string, io: Io): Promise<YamlFile> {
  const isInput = path === '-';
  try {
    return readYaml(isInput ? await io.readStdin() : readText(io)(path), isInput ? 'standard input' : path);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the file cannot be read');
  }
}
