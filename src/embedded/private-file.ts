/**
 * @module A JSON file with secrets that is made once and the same ever after: mode 0600, written whole
 * before anything relies on it, never replaced. One that is damaged is an error, because what was made
 * with its secrets could not be opened with new ones.
 */
import { chmodSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { createDurably } from './durable-file.js';

/** A file of ours can't be read. The message is the one line to show; it never holds the content. */
export class PrivateFileDamaged extends Error {
  override name = 'PrivateFileDamaged';
}

/** Reads the file, after making it where it isn't there. */
export function readOrMake<T>(path: string, schema: z.ZodType<T>, make: () => T): T {
  const found = readIfThere(path);
  if (found === null) createDurably(path, `${JSON.stringify(make(), null, 2)}\n`);
  const text = found ?? readFileSync(path, 'utf8');
  chmodSync(path, 0o600);
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new PrivateFileDamaged(
      `${path} is damaged: put back a copy of it, or start with another data folder (--data-dir)`,
    );
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
