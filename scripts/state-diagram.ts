/**
 * @module Draws the states of one recipient from src/core/email/state.ts into docs/architecture.md. Without
 * `--write` it only looks, and fails where the page no longer shows the code; it also looks whether every path
 * that the pages name is there.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  after,
  RECIPIENT_STATUSES,
  REPORT_TYPES,
  TRANSITIONS,
  type RecipientEvent,
  type RecipientStatus,
} from '../src/core/email/state.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/architecture.md');
const BEGIN = '<!-- states: made by scripts/state-diagram.ts -->';
const END = '<!-- /states -->';

/** Every report that can move anyone; what the others do is nothing. */
const REPORTS: [name: string, event: RecipientEvent][] = REPORT_TYPES.flatMap(
  (type): [string, RecipientEvent][] =>
    type === 'bounced'
      ? [
          ['report: soft bounce', { on: 'report', type, bounce: 'soft' }],
          ['report: hard bounce', { on: 'report', type, bounce: 'hard' }],
        ]
      : [[`report: ${type}`, { on: 'report', type }]],
);

/** The diagram as mermaid text. */
export function diagram(): string {
  const own = RECIPIENT_STATUSES.flatMap((from) => lines(from, Object.entries(TRANSITIONS[from])));
  const reported = RECIPIENT_STATUSES.filter((one) => one === 'sent').flatMap((from) =>
    lines(
      from,
      REPORTS.map(([name, event]) => [name, after(from, event)]),
    ),
  );
  return ['```mermaid', 'stateDiagram-v2', '    [*] --> ready', ...own, ...reported, '```'].join('\n');
}

/** Where each report leads from each state, as a table: the arrows would be too many. */
export function reportTable(): string {
  const names = REPORTS.filter(([, event]) => RECIPIENT_STATUSES.some((one) => after(one, event) !== one));
  const head = ['state', ...names.map(([name]) => name.replace('report: ', ''))];
  const rows = RECIPIENT_STATUSES.map((from) => [
    from,
    ...names.map(([, event]) => {
      const next = after(from, event);
      return next === from ? '·' : next;
    }),
  ]);
  const width = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    `| ${row.map((one, column) => one.padEnd(width[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(width.map((one) => '-'.repeat(one))), ...rows.map(line)].join('\n');
}

/** One line per pair of states, with everything that leads from the one to the other. */
function lines(from: RecipientStatus, moves: [event: string, next: RecipientStatus][]): string[] {
  const byNext = new Map<RecipientStatus, string[]>();
  for (const [event, next] of moves)
    if (next !== from)
      byNext.set(next, [...(byNext.get(next) ?? []), event.replace(':', ' ').replace('  ', ' ')]);
  return [...byNext].map(([next, events]) => `    ${from} --> ${next}: ${events.join(', ')}`);
}

function drawn(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no "${BEGIN}" … "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${diagram()}\n\n${reportTable()}\n\n${page.slice(end)}`;
}

/** Paths in backquotes, such as `src/core/` or `test/requirements.ts`, that do not exist. */
function lostPaths(): string[] {
  const pages = [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
  ].filter((name) => name.endsWith('.md'));
  return pages.flatMap((page) =>
    [
      ...readFileSync(join(ROOT, page), 'utf8').matchAll(
        /`((?:src|test|workflows|activities|docs|scripts|migrations|examples|\.ci)\/[\w./-]*)`/gu,
      ),
    ]
      .map((match) => match[1] ?? '')
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${page} names ${path}, which does not exist`),
  );
}

const page = readFileSync(PAGE, 'utf8');
if (process.argv.includes('--write')) writeFileSync(PAGE, drawn(page));
const wrong = [
  ...(readFileSync(PAGE, 'utf8') === drawn(page)
    ? []
    : ['docs/architecture.md is not what the code says: npm run docs']),
  ...lostPaths(),
];
for (const one of wrong) console.error(one);
process.exitCode = wrong.length === 0 ? 0 : 1;
