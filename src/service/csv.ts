/**
 * @module Lists as CSV (RFC 4180), row by row: what is read is bounded by the body of a call, what is written by a page,
 * and never is a whole list in memory. A cell that a spreadsheet would run as a formula has an apostrophe before it
 * (OWASP, CSV injection), which is taken away again when the file comes back.
 */
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { Problem } from '../errors.js';

/** Also in their full-width forms, which spreadsheets take for the same; with apostrophes before them it stays one to one. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/u;
const ESCAPED = /^'+[=+\-@\t\r＝＋－＠]/u;

export const escaped = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);
export const unescaped = (cell: string): string => (ESCAPED.test(cell) ? cell.slice(1) : cell);

/** Lines of CSV, the header first where `header`. */
export const csvOf = <Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string | null>>[],
  header: boolean,
): string =>
  stringify(
    rows.map((row) => columns.map((name) => escaped(row[name] ?? ''))),
    { header, columns: [...columns] },
  );

export interface CsvRow {
  /** Of the file, from 1: where the row ends. */
  line: number;
  /** By the name of its column; empty cells are absent. */
  values: Record<string, string>;
}

/** What is wrong with one row; holds nothing of what stands in it. */
export interface RowProblem {
  line: number;
  field?: string;
  message: string;
}

/** No cell is longer than this; a quote that is never closed would take the rest of the file for one. */
const LONGEST_ROW = 20_000;

/**
 * The rows of a file, and what is wrong with it. Where quotes don't close, nothing after that is read, because nobody
 * can tell any more where a row begins. @throws Problem where it is not UTF-8, or its header names other columns.
 */
export async function* rowsOf(
  bytes: Uint8Array,
  columns: readonly string[],
): AsyncGenerator<CsvRow | RowProblem> {
  let broken: RowProblem | undefined;
  const parser = parse(textOf(bytes), {
    ...{ bom: true, trim: true, info: true, skip_empty_lines: true, relax_column_count: true },
    ...{ columns: (header: string[]) => headerOf(header, columns), max_record_size: LONGEST_ROW },
    ...{ skip_records_with_error: true },
    on_skip: (error) => {
      const line = Number((error as { lines?: unknown } | undefined)?.lines ?? 1);
      broken ??= {
        line,
        message: 'is not CSV: a quote is not closed, or the row is too long; nothing after it was read',
      };
      return undefined;
    },
  });
  const records = parser as AsyncIterable<{
    record: Record<string, string>;
    info: { lines: number; error?: unknown };
  }>;
  try {
    for await (const { record, info } of records) {
      if (broken !== undefined && info.lines >= broken.line) break;
      if (info.error !== undefined)
        yield { line: info.lines, message: `must have a cell for each column of the header` };
      else yield { line: info.lines, values: given(record) };
    }
  } finally {
    parser.destroy();
  }
  if (broken !== undefined) yield broken;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem('invalid_request', {
      detail: 'the file is not UTF-8; save it as CSV UTF-8',
      field: 'content',
    });
  }
}

function headerOf(header: readonly string[], columns: readonly string[]): string[] {
  const unknown = header.findIndex((name) => !columns.includes(name));
  const isRepeated = new Set(header).size < header.length;
  if (unknown < 0 && !isRepeated && header.includes('address')) return [...header];
  throw new Problem('invalid_request', {
    // What stands there instead of a header may be an address.
    detail: `line 1 must name the columns, each once: address, and any of ${columns.slice(1).join(', ')}`,
    field: 'content',
  });
}

const given = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, cell]) => (cell === '' ? [] : [[name, unescaped(cell)]])),
  );
