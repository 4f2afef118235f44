/** @module What a person sees while an answer takes its time. */
import { expect, test, vi } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { withProgress } from '../../src/cli/progress.js';

async function watched(isTerminal: boolean): Promise<string> {
  vi.useFakeTimers();
  try {
    let err = '';
    const io = { stderr: (text: string) => void (err += text), isTerminal } as unknown as Io;
    const slow = withProgress(io, () => new Promise((resolve) => setTimeout(resolve, 2_500)));
    await vi.advanceTimersByTimeAsync(3_000);
    await slow;
    return err;
  } finally {
    vi.useRealTimers();
  }
}

test('on a terminal a line counts the seconds, and is gone with the answer', async () => {
  expect(await watched(true)).toBe('\r\u001b[Kwaiting … 1 s\r\u001b[Kwaiting … 2 s\r\u001b[K');
});

test('a pipe sees nothing of it', async () => {
  expect(await watched(false)).toBe('');
});
