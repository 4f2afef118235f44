/** @module A file that is taken in row by row, in batches that are each one transaction. Again, it changes nothing. */
import { fieldProblems } from '../core/email/problem.js';
import { Problem } from '../errors.js';
import type { z } from 'zod';
import { rowsOf, type RowProblem } from './csv.js';

const BATCH = 500;
/** Problems that are listed; the others are counted. */
const MOST_LISTED = 100;

export interface Imported {
  /** Rows that were read. */
  rows: number;
  added: number;
  /** Of those the store has already. */
  unchanged: number;
  failed: number;
  errors: RowProblem[];
}

/** Makes an entry of a row. @throws Problem, which is told for its line. */
type Reading<T> = (values: Record<string, string>) => Promise<T>;

export async function importRows<T>(
  bytes: Uint8Array,
  columns: readonly string[],
  read: Reading<T>,
  /** Answers how many were new. */
  write: (entries: T[]) => Promise<number>,
): Promise<Imported> {
  const errors: RowProblem[] = [];
  const counts = { rows: 0, added: 0, failed: 0 };
  const fail = (problem: RowProblem): void => {
    counts.failed++;
    if (errors.length < MOST_LISTED) errors.push(problem);
  };
  let batch: T[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) counts.added += await write(batch);
    batch = [];
  };
  for await (const row of rowsOf(bytes, columns)) {
    counts.rows++;
    if ('message' in row) {
      fail(row);
      continue;
    }
    try {
      batch.push(await read(row.values));
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error;
      const { field, detail } = error.details;
      fail({ line: row.line, ...(field !== undefined && { field }), message: detail });
    }
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return { ...counts, unchanged: counts.rows - counts.added - counts.failed, errors };
}

/** A row as the schema of the operation for one takes it. @throws Problem. */
export function parsedRow<S extends z.ZodType>(schema: S, values: Record<string, string>): z.output<S> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [{ field, message } = { field: '', message: 'is not valid' }] = fieldProblems(parsed.error);
  throw new Problem('invalid_request', { detail: message, ...(field !== '' && { field }) });
}
