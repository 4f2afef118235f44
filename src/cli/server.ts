/**
 * @module `mailwarden server` and `mailwarden worker`: any number of each, against a Temporal cluster and
 * PostgreSQL.
 */
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.js';
import type { Parts } from '../runtime.js';
import type { Io } from './io.js';
import { logLevel, parsePort } from './process-flags.js';
import { runUntilSignal } from './run-until-signal.js';
import { environment, readText } from './settings.js';

interface Flags {
  port?: number;
  host?: string;
  insecure?: boolean;
  logLevel: string;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export function registerServer(program: Command, io: Io): void {
  program
    .command('server')
    .description('serve the API (needs DATABASE_URL, Temporal settings and MAILWARDEN_SEAL_KEYS)')
    .option('--port <number>', 'port of the API; 0 picks a free one', parsePort)
    .option('--host <address>', 'address to bind')
    .option('--insecure', 'allow a public address without TLS')
    .addOption(logLevel('info'))
    .action((flags: Flags, command: Command) =>
      runUntilSignal(say, async () => {
        const { parts, close } = await openParts(flags, environment(command, io), io);
        const { openDoors } = await import('../runtime.js');
        const { serve } = await import('../server.js');
        const http = await serve(parts.config.http);
        const doors = openDoors(parts, parts.config.http.publicUrl ?? http.url);
        http.use((request, bindings) => doors.fetch(request, bindings));
        say(`Mailwarden serves ${http.url}`);
        return async () => {
          await doors.close();
          await http.close();
          await close();
        };
      }),
    );
}

export function registerWorker(program: Command, io: Io): void {
  program
    .command('worker')
    .description(
      'run workflows and deliveries (needs DATABASE_URL, Temporal settings and MAILWARDEN_SEAL_KEYS)',
    )
    .addOption(logLevel('info'))
    .action((flags: Flags, command: Command) =>
      runUntilSignal(say, async (fail) => {
        const { parts, close } = await openParts(flags, environment(command, io), io);
        const { openDispatch, openPublisher, openReconcile, openSweep, openWorker } =
          await import('../runtime.js');
        const { keepRunning } = await import('../worker-loop.js');
        const { publicUrl } = parts.config.http;
        const worker = await keepRunning(
          () => openWorker(parts, publicUrl && `${publicUrl}/review`),
          parts.log,
          fail,
        );
        const sweep = openSweep(parts);
        const reconcile = openReconcile(parts);
        const publisher = openPublisher(parts);
        const dispatch = openDispatch(parts);
        say(`Mailwarden works on task queue ${parts.config.taskQueue}`);
        return async () => {
          await sweep.stop();
          await reconcile.stop();
          await worker.stop();
          await publisher.stop();
          await dispatch.stop();
          await close();
        };
      }),
    );
}

/** Temporal's native core is loaded here, and not by a command that only asks a server. */
async function openParts(
  flags: Flags,
  env: Io['env'],
  io: Io,
): Promise<{ parts: Parts; close: () => Promise<void> }> {
  const { createLog, logTemporal } = await import('../log.js');
  const { closeProviders, openProviders, openStore, openTemporal, ringOf } = await import('../runtime.js');
  const log = createLog(flags.logLevel);
  logTemporal(log);
  const config = withFlags(loadConfig(env, readText(io)), flags);
  const ring = ringOf(config);
  const store = await openStore(config);
  const temporal = openTemporal(env);
  const providers = openProviders(config, log);
  return {
    parts: { config, store, temporal, providers, ring, log },
    close: async () => {
      await closeProviders(providers);
      await temporal.close();
      await store.end();
    },
  };
}

const withFlags = (config: Config, { port, host, insecure }: Flags): Config => ({
  ...config,
  http: {
    ...config.http,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(insecure && { insecure }),
  },
});
