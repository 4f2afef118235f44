/**
 * @module What a person sees while an answer takes its time: one line on standard error, gone when the answer
 * is there. A pipe sees none of it.
 */
import type { Io } from './io.js';

const FIRST_AFTER_MS = 1_000;
const ERASE_LINE = '\r\u001b[K';

export async function withProgress<T>(io: Io, work: () => Promise<T>, what = 'waiting'): Promise<T> {
  if (io.isTerminal !== true) return await work();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    io.stderr(`${ERASE_LINE}${what} … ${seconds} s`);
  }, FIRST_AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (seconds > 0) io.stderr(ERASE_LINE);
  }
}
