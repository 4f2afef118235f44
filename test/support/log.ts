/** @module A log that a test can read. */
export function readableLog(): { log: { warn: Log; error: Log }; logged: () => string } {
  const lines: string[] = [];
  const write =
    (level: string): Log =>
    (...line) =>
      void lines.push(JSON.stringify([level, ...line]));
  return { log: { warn: write('warn'), error: write('error') }, logged: () => lines.join('\n') };
}

type Log = (...line: unknown[]) => void;
