/**
 * @module Which server a command asks, and as whom: flags win over the environment, which wins over the file.
 * A key is never a flag: flags stand in the list of processes.
 */
import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../config.js';
import { UsageError, type Io } from './io.js';

/** Flags of the program itself, before or after the command. */
interface GlobalFlags {
  server?: string;
  config?: string;
}

export function addGlobalFlags(program: Command): void {
  program
    .option('--server <url>', 'the server to ask (MAILWARDEN_URL)')
    .option('--config <file>', 'the YAML file with the settings (MAILWARDEN_CONFIG)');
}

/** The environment as the flags of this command change it. */
export function environment(command: Command, io: Io): Io['env'] {
  const { server, config } = command.optsWithGlobals<GlobalFlags>();
  return {
    ...io.env,
    ...(server !== undefined && { MAILWARDEN_URL: server }),
    ...(config !== undefined && { MAILWARDEN_CONFIG: config }),
  };
}

export const readText =
  (io: Io) =>
  (path: string): string =>
    new TextDecoder().decode(io.readFile(path));

/** @throws UsageError where there is no key, or a setting can't be one. */
export function clientSettings(command: Command, io: Io): { url: string; apiKey: string } {
  const { url, apiKey } = clientConfig(environment(command, io), io);
  if (apiKey === undefined)
    throw new UsageError('set MAILWARDEN_API_KEY to your API key (`mailwarden dev` prints some)');
  return { url, apiKey };
}

function clientConfig(env: Io['env'], io: Io): { url: string; apiKey?: string | undefined } {
  try {
    return loadConfig(env, readText(io)).client;
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}
