/**
 * @module How an answer looks on a terminal: a table for lists, YAML for the rest. Emails are written by
 * strangers, so nothing in them may reach the terminal as a control sequence.
 */
import { stringify } from 'yaml';

/** Columns of lists, by the first word of the command; other lists show what they have. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  list: ['id', 'status', 'subject', 'mailbox', 'createdAt'],
  approvals: ['id', 'subject', 'mailbox', 'createdAt', 'digest'],
  unknown: ['id', 'provider', 'since', 'recipients', 'lookups', 'mailbox'],
  suppressions: ['id', 'address', 'scope', 'reason', 'createdAt', 'expiresAt'],
  mailboxes: ['id', 'address', 'status', 'autonomy'],
  keys: ['id', 'name', 'kind', 'mode', 'scopes', 'expiresAt', 'revokedAt'],
  principals: ['id', 'kind', 'name', 'createdAt'],
};

export function render(words: string, output: unknown): string {
  const { items, cursor } = output as { items?: unknown; cursor?: string | null };
  if (!Array.isArray(items)) return printable(stringify(output, { lineWidth: 0 }));
  if (items.length === 0) return 'None.\n';
  const rows = items as Record<string, unknown>[];
  const columns = COLUMNS[words.split(' ')[0] ?? ''] ?? Object.keys(rows[0] ?? {});
  const more = cursor ? `\nMore: --cursor ${cursor}\n` : '';
  return table(columns, rows) + printable(more);
}

/** One line of JSON for a pipe; also without the control characters and overrides that JSON lets through. */
export const renderJson = (output: unknown): string =>
  `${JSON.stringify(output).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, escaped)}\n`;

/** Control characters (but for the line feed) and bidirectional overrides, made visible. */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
  text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export function table(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const cells = [
    columns.map((name) => name.toUpperCase()),
    ...rows.map((row) => columns.map((name) => cell(row[name]))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const lines = cells.map((line) => line.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Long subjects are cut; ids and digests never, because they are copied. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = printable(text.replace(/\n/gu, ' '));
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
