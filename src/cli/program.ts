/**
 * @module The program: all commands, and how each of them ends.
 */
import { Command } from 'commander';
import { registerCompletion } from './completion.js';
import { registerConfig } from './config.js';
import { registerEvents } from './events.js';
import { endOf, EXIT_CODES } from './exit.js';
import { registerInit } from './init.js';
import type { Io, Register } from './io.js';
import { registerOperations } from './operation-commands.js';
import { registerPause } from './pause.js';
import { registerPolicyApply } from './policy-apply.js';
import { registerPolicyDecisions } from './policy-decisions.js';
import { registerPolicyExplain } from './policy-explain.js';
import { registerPolicyRehearsals } from './policy-rehearsals.js';
import { registerPolicyTest } from './policy-test.js';
import { addGlobalFlags } from './settings.js';
import { registerTools } from './tools.js';

/** Runs one command line; answers its exit code. `more`: commands besides those made from the table. */
export async function run(
  argv: readonly string[],
  io: Io,
  version: string,
  more: readonly Register[] = [],
): Promise<number> {
  const program = new Command('mailwarden')
    .description('Governed, durable email for AI agents, on Temporal')
    .version(version)
    .showHelpAfterError('(add --help for how to use it)');
  addGlobalFlags(program);
  program.addHelpText('after', `\nExit codes:\n${EXIT_CODES}`);
  const registers = [
    ...more,
    registerInit,
    registerConfig,
    registerOperations,
    registerPause,
    registerEvents,
    registerPolicyApply,
    registerPolicyDecisions,
    registerPolicyExplain,
    registerPolicyRehearsals,
    registerPolicyTest,
    registerTools,
    registerCompletion,
  ];
  for (const register of registers) register(program, io);
  quietly(program, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    const { code, line } = endOf(error);
    if (line !== null) io.stderr(`mailwarden: ${line}\n`);
    return code;
  }
}

/** Commander ends the process by itself, and writes to it, unless every command is told otherwise. */
function quietly(command: Command, io: Io): void {
  command.exitOverride().configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
  for (const one of command.commands) quietly(one, io);
}
