/**
 * @module `mailwarden mcp`: MCP on standard input and output, for an agent on this machine. It asks the server that is
 * named, or the one that runs here; where there is neither it starts `dev`, and ends it when its input ends and was answered.
 */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { settingsOf } from '../config-sources.js';
import { loadConfig } from '../config.js';
import { packageVersion } from '../version.js';
import { UsageError, type Io } from './io.js';
import { localServer, type Access } from './local-server.js';
import { parsePort } from './process-flags.js';
import { runUntilSignal } from './run-until-signal.js';
import { clientSettings, environment, readText } from './settings.js';

interface Flags {
  toolsets: string;
  port: number;
  dataDir: string;
}

/** A person at the client has this long to answer before the model is told that the email is held. */
const PATIENCE_MS = 5_000;
/** A model that waits for a server which is down learns it within this. */
const RETRY_MS = 10_000;

export function registerMcp(program: Command, io: Io): void {
  program
    .command('mcp')
    .description('serve MCP on standard input and output; starts `dev` where no server is named or running')
    .option('--toolsets <names>', 'default, drafts, … or all, separated by commas', 'default')
    .option(
      '--port <number>',
      'where it looks for `dev`, or starts it; 0 starts one on a free port',
      parsePort,
      8025,
    )
    .option('--data-dir <folder>', 'of that `dev`', '.mailwarden')
    .action(async (flags: Flags, command: Command) => {
      const { clientPort } = await import('../mcp/client-port.js');
      const { serveMcpStdio } = await import('../mcp/stdio.js');
      const toolsets = await parseToolsets(flags.toolsets);
      const named = namedServer(command, io);
      const say = (line: string): void => {
        io.stderr(`${line}\n`);
      };
      await runUntilSignal(say, async (end) => {
        const access = named ? Promise.resolve(named) : found(command, io, flags, say, end);
        const port = access.then((one) => clientPort({ ...one, fetch: io.fetch, patience: RETRY_MS }));
        // Said where `access` is awaited; until then a client may ask, and waits.
        port.catch(() => undefined);
        const { stdin, stdout } = process;
        const server = serveMcpStdio({
          ...{ port, toolsets, stdin, stdout },
          ...{ version: packageVersion(), patience: PATIENCE_MS, randomId: randomUUID },
          onerror: ({ name }) => {
            say(`mailwarden: mcp: ${name}`);
          },
        });
        void server.ended.then(() => {
          end();
        });
        const { stop } = await access;
        return async () => {
          await server.close();
          await stop?.();
        };
      });
    });
}

/** @throws UsageError. */
async function parseToolsets(text: string): Promise<string[]> {
  const { toolsetsFrom } = await import('../mcp/server.js');
  try {
    return toolsetsFrom(text);
  } catch (error) {
    throw new UsageError(`--toolsets: ${(error as Error).message}`);
  }
}

/** Whoever names a server means that one, also while it is down. @throws UsageError where its key is missing. */
function namedServer(command: Command, io: Io): Access | null {
  const given = command.optsWithGlobals<{ server?: string }>().server;
  const flags: Record<string, string> = given === undefined ? {} : { 'client.url': '--server' };
  const settings = settingsOf(environment(command, io), readText(io), flags);
  const isNamed = settings.some(({ name, source }) => name === 'client.url' && source !== 'default');
  return isNamed ? clientSettings(command, io) : null;
}

async function found(
  command: Command,
  io: Io,
  { port, dataDir }: Flags,
  say: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<Access> {
  const env = environment(command, io);
  const { apiKey } = loadConfig(env, readText(io)).client;
  return await localServer(io, { port, dataDir, apiKey, env, say, onFailure });
}
