/**
 * @module Flags from the fields of an operation, and the fields' values from what stands in the flags.
 */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { fieldsOf, type Field } from '../service/fields.js';
import type { Operation } from '../service/operations.js';
import { UsageError, type Io } from './io.js';

/** Media types of attachments by the file's ending; others are opaque bytes. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.ics': 'text/calendar',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
};

const flagOf = (field: string): string =>
  `--${field.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;

/** What stands without a flag: fields, and the file whose bytes an operation takes. */
export const argumentsOf = ({ takes, cli }: Operation): string[] => [
  ...cli.args,
  ...(takes === 'bytes' ? [FILE] : []),
];
const FILE = 'file';
/** Filled from the file. */
const OF_FILE: ReadonlySet<string> = new Set(['bytes', 'content', 'contentType']);

/** The fields of an operation that are flags: all but those without one. */
export const flagFields = (operation: Operation): Field[] =>
  fieldsOf(operation).filter(
    ({ name }) => !operation.cli.args.includes(name) && !(operation.takes === 'bytes' && OF_FILE.has(name)),
  );

export function addFlags(command: Command, operation: Operation): void {
  const collect = (value: string, before: string[] = []): string[] => [...before, value];
  for (const { name, kind, choices } of flagFields(operation)) {
    const flag = flagOf(name);
    if (kind === 'boolean') command.option(flag).option(flag.replace('--', '--no-'));
    else if (kind === 'list' && choices) command.addOption(severalOf(flag, choices));
    else if (kind === 'list') command.option(`${flag} <value>`, 'may be repeated', collect);
    else if (kind === 'json') command.option(`${flag} <json>`, 'JSON');
    else if (kind === 'mixed') command.option(`${flag} <value>`, 'text or JSON');
    else if (choices) command.addOption(new Option(`${flag} <value>`).choices(choices));
    else if (name === 'text' || name === 'html') command.option(`${flag} <value>`, '- reads standard input');
    else command.option(`${flag} <value>`);
    if (name === 'attachments') command.option('--attach <file>', 'attach a file; may be repeated', collect);
  }
  if (operation.method !== 'GET' && operation.method !== 'DELETE' && operation.takes !== 'bytes')
    command.option('--input <file>', 'a JSON file with the fields, - for standard input; flags win');
}

/** Some of few words, one after the other or with commas between. */
function severalOf(flag: string, choices: readonly string[]): Option {
  const option = new Option(`${flag} <value>`, 'may be repeated').choices(choices);
  const check = option.parseArg;
  return option.argParser((text: string, before: unknown) => {
    const words = text.split(',');
    for (const word of words) check?.(word, undefined);
    return [...(Array.isArray(before) ? (before as string[]) : []), ...words];
  });
}

/** The input of the operation. @throws UsageError. */
export async function inputFrom(
  operation: Operation,
  flags: Readonly<Record<string, unknown>>,
  args: readonly string[],
  io: Io,
): Promise<Record<string, unknown>> {
  const input = typeof flags['input'] === 'string' ? await fromFile(flags['input'], io) : {};
  for (const field of flagFields(operation)) {
    const value = flags[field.name];
    if (value !== undefined) input[field.name] = await valueOf(field, value, io);
  }
  operation.cli.args.forEach((name, i) => (input[name] = args[i]));
  if (operation.takes === 'bytes') {
    const file = args.at(-1) ?? '';
    Object.assign(input, { bytes: read(file, io), contentType: mediaTypeOf(file) });
  }
  const files = (flags['attach'] as string[] | undefined) ?? [];
  if (files.length > 0) {
    const given = Array.isArray(input['attachments']) ? (input['attachments'] as unknown[]) : [];
    input['attachments'] = [...given, ...files.map((file) => attachment(file, io))];
  }
  return input;
}

async function valueOf({ name, kind }: Field, value: unknown, io: Io): Promise<unknown> {
  if (kind === 'list') return (value as string[]).map((one) => (one.startsWith('{') ? json(name, one) : one));
  if (typeof value !== 'string') return value;
  if (kind === 'json') return json(name, value);
  if (kind === 'mixed') return /^[[{]|^null$/u.test(value) ? json(name, value) : value;
  if (kind === 'number') {
    const number = Number(value);
    if (value.trim() === '' || Number.isNaN(number)) throw new UsageError(`${flagOf(name)} must be a number`);
    return number;
  }
  return value === '-' && (name === 'text' || name === 'html') ? await io.readStdin() : value;
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(
      `${flagOf(name)} must be JSON; quote it for the shell: ${flagOf(name)} '{"key":"value"}'`,
    );
  }
}

async function fromFile(file: string, io: Io): Promise<Record<string, unknown>> {
  const text = file === '-' ? await io.readStdin() : new TextDecoder().decode(read(file, io));
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, like JSON that is no object.
  }
  throw new UsageError('--input must be a JSON object');
}

const mediaTypeOf = (file: string): string =>
  MEDIA_TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream';

function attachment(file: string, io: Io): Record<string, string> {
  return {
    filename: path.basename(file),
    contentType: mediaTypeOf(file),
    content: Buffer.from(read(file, io)).toString('base64'),
  };
}

function read(file: string, io: Io): Uint8Array {
  try {
    return io.readFile(file);
  } catch {
    throw new UsageError(`cannot read ${file}`);
  }
}
