/**
 * @module `mailwarden bootstrap`: the first key of an organisation, straight into the database. Another name is
 * another tenant on the same database.
 */
import { InvalidArgumentError, type Command } from 'commander';
import { loadConfig } from '../config.js';
import { makeFirstKey } from '../service/first-key.js';
import { UsageError, type Io } from './io.js';
import { renderJson } from './render.js';
import { environment, readText } from './settings.js';

interface Flags {
  org: string;
  name: string;
  force?: boolean;
  json?: boolean;
}

export function registerBootstrap(program: Command, io: Io): void {
  program
    .command('bootstrap')
    .description('make the first key of an organisation, which administers it (needs DATABASE_URL)')
    .requiredOption('--org <name>', 'the organisation: lower-case letters, digits and dashes', orgName)
    .option('--name <name>', 'whose key it is', personName, 'admin')
    .option('--force', 'also where it has such a key, because nobody has that one any more')
    .option('--json', 'one line of JSON on standard output')
    .action((flags: Flags, command: Command) => bootstrap(flags, environment(command, io), io));
}

async function bootstrap(
  { org, name, force = false, json = false }: Flags,
  env: Io['env'],
  io: Io,
): Promise<void> {
  const config = loadConfig(env, readText(io));
  const { openStore } = await import('../runtime.js');
  const store = await openStore(config);
  try {
    const made = await makeFirstKey(store, { org, name, force });
    if (made === null)
      throw new UsageError(
        `the organisation ${org} has a key that administers it: make others with it (\`mailwarden keys create\`), ` +
          'or, where nobody has it any more, repeat this with --force',
      );
    const { id, principal, scopes } = made.row;
    if (json) {
      io.stdout(renderJson({ org, id, principal, name, scopes, apiKey: made.apiKey }));
      return;
    }
    // Alone on standard output, so that a script can take it.
    io.stdout(`${made.apiKey}\n`);
    io.stderr(
      `This key administers the organisation ${org}. It is shown this once: keep it like a password.\n` +
        'Make the others with it: MAILWARDEN_API_KEY=… mailwarden keys create\n',
    );
  } finally {
    await store.end();
  }
}

function orgName(text: string): string {
  if (/^[a-z][a-z0-9-]{0,39}$/u.test(text)) return text;
  throw new InvalidArgumentError('It must be lower-case letters, digits and dashes, at most 40.');
}

function personName(text: string): string {
  if (/^[^\p{Cc}]{1,100}$/u.test(text)) return text;
  throw new InvalidArgumentError('It must be one line of at most 100 characters.');
}
