/**
 * @module Writes what the code says of policies into docs/policy.md (every rule, every setting) and into
 * policies/default.yaml (all of it as it is by default). Without `--write` it only looks, and fails where they no longer
 * show the code.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { RULES } from '../src/core/policy/rules/index.js';
import { policySchema } from '../src/core/policy/schema.js';
import { settingWords } from './policy-docs/setting-words.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = 'docs/policy.md';
const DEFAULTS = 'policies/default.yaml';
const BEGIN = '<!-- policy: made by scripts/policy-docs.ts -->';
const END = '<!-- /policy -->';

/** JSON Schema, as far as it is looked at. */
interface Shape {
  type?: string;
  enum?: string[];
  const?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  default?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
}

interface Setting {
  path: string;
  shape: Shape;
}

const SCHEMA = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Shape;
const WORDS = settingWords(join(ROOT, 'src/core/policy'));
const BY_DEFAULT: unknown = policySchema.parse({});

const wordsOf = (path: string): string => {
  const words = WORDS.get(path);
  if (words === undefined) throw new Error(`nothing in src/core/policy says what ${path} is`);
  return words;
};

/** `modes` is the table of rules. */
function settings({ properties = {} }: Shape, path = ''): Setting[] {
  return Object.entries(properties).flatMap(([name, shape]) => {
    const at = `${path}${name}`;
    if (at === 'modes') return [];
    if (shape.properties !== undefined) return settings(shape, `${at}.`);
    const ofItems = shape.items?.properties === undefined ? [] : settings(shape.items, `${at}[].`);
    return [{ path: at, shape }, ...ofItems];
  });
}

function bounds({ type, enum: words, items, ...shape }: Shape): string {
  if (words !== undefined) return words.map((one) => `\`${one}\``).join(', ');
  if (items !== undefined) {
    const most = shape.maxItems === undefined ? '' : `, at most ${shape.maxItems.toLocaleString('en')}`;
    return items.enum === undefined ? `a list${most}` : `a list of ${bounds(items)}`;
  }
  if (type !== 'number' && type !== 'integer') return 'a text';
  const { minimum = 0, exclusiveMinimum, maximum = Infinity } = shape;
  const from = exclusiveMinimum === undefined ? String(minimum) : `above ${exclusiveMinimum}`;
  return `${type === 'integer' ? 'whole, ' : ''}${from} to ${maximum.toLocaleString('en')}`;
}

function defaultOf({ path, shape }: Setting): string {
  const value = (path.includes('[]') ? undefined : valueAt(path)) ?? shape.default;
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  return isRequired(path) ? 'needed' : 'not set';
}

const valueAt = (path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], BY_DEFAULT);

/** Within what is around it. */
function isRequired(path: string): boolean {
  const names = path.split(/\.|(?=\[\])/u);
  const last = names.pop() ?? '';
  const around = names.reduce<Shape | undefined>(
    (shape, name) => (name === '[]' ? shape?.items : shape?.properties?.[name]),
    SCHEMA,
  );
  return around?.required?.includes(last) ?? false;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const cellOf = (text: string): string => text.replace(/\|/gu, '\\|').replace(/\n/gu, ' ');
const code = (text: string): string => `\`${text}\``;

const rulesTable = (): string =>
  table(
    ['rule', 'what it holds', 'by default', 'settings'],
    RULES.map(({ code: name, summary, mode, settings: of }) => [
      ...[code(name), summary, mode],
      of.map(code).join(', '),
    ]),
  );

const settingsTable = (): string =>
  table(
    ['setting', 'by default', 'may be', 'meaning'],
    settings(SCHEMA).map((one) => [
      ...[code(one.path), defaultOf(one), bounds(one.shape)],
      wordsOf(one.path),
    ]),
  );

function drawn(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no "${BEGIN}" … "${END}"`);
  const made = `## Rules\n\n${rulesTable()}\n\n## Settings\n\n${settingsTable()}`;
  return `${page.slice(0, begin + BEGIN.length)}\n\n${made}\n\n${page.slice(end)}`;
}

/** Every rule and setting as YAML, each under what it means; what is not set is named in a comment. */
function defaults(): string {
  const modes = RULES.flatMap(({ code: name, summary, mode }) => [
    ...comment(summary, '  '),
    `  ${name}: ${mode}`,
  ]);
  return [
    '# Every rule with its mode, and every setting, as it is where nobody says otherwise.',
    '# Made by scripts/policy-docs.ts; what each setting may be: docs/policy.md.',
    '',
    'modes:',
    ...modes,
    ...lines(SCHEMA, BY_DEFAULT as Record<string, unknown>, '', ''),
    '',
  ].join('\n');
}

function lines(
  { properties = {} }: Shape,
  values: Readonly<Record<string, unknown>>,
  path: string,
  indent: string,
): string[] {
  return Object.entries(properties).flatMap(([name, shape]) => {
    const at = `${path}${name}`;
    if (at === 'modes') return [];
    const head = indent === '' ? [''] : [];
    const value = values[name];
    if (value === undefined) return [...head, ...comment(wordsOf(at), indent), `${indent}# ${name}: not set`];
    if (shape.properties === undefined || typeof value !== 'object' || value === null)
      return [...head, ...comment(wordsOf(at), indent), `${indent}${name}: ${JSON.stringify(value)}`];
    const inner = lines(shape, value as Record<string, unknown>, `${at}.`, `${indent}  `);
    const isEmpty = Object.keys(value).length === 0;
    return [
      ...head,
      ...comment(WORDS.get(at) ?? '', indent),
      `${indent}${name}:${isEmpty ? ' {}' : ''}`,
      ...inner,
    ];
  });
}

const WIDTH = 100;

function comment(text: string, indent: string): string[] {
  if (text === '') return [];
  const rows: string[] = [];
  for (const word of text.split(' ')) {
    const last = rows.at(-1);
    if (last === undefined || last.length + word.length > WIDTH) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows.map((row) => `${indent}# ${row}`);
}

const files: [name: string, text: string][] = [
  [PAGE, drawn(readFileSync(join(ROOT, PAGE), 'utf8'))],
  [DEFAULTS, defaults()],
];
for (const [name, text] of files) {
  const file = join(ROOT, name);
  const pretty = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (process.argv.includes('--write')) writeFileSync(file, pretty);
  if (existsSync(file) && readFileSync(file, 'utf8') === pretty) continue;
  console.error(`${name} is not what the code says: npm run docs`);
  process.exitCode = 1;
}
