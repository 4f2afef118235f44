/** @module What changes of one try, in the row that it has. */
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Written with everything else that the transaction leaves. */
export function changeTry(
  { trx, later }: Work,
  { org, message, attempt, try: number }: Pick<Rows['attempts'], 'org' | 'message' | 'attempt' | 'try'>,
  columns: Partial<Rows['attempts']>,
): void {
  const row = trx.updateTable('attempts').set(columns);
  later(
    `attempt ${message} ${attempt}.${number}`,
    row.where((eb) => eb.and({ org, message, attempt, try: number })),
  );
}
