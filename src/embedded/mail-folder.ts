/**
 * @module The folder of the capture inbox: one file per mail, whole and on disk before anyone hears of it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORARY_PREFIX, writeDurablyAsync } from './durable-file.js';
import type { StoredMail } from './captured-mail.js';
import { storedMailSchema } from './captured-mail.js';

export interface MailFolder {
  /** What was there at the start, oldest first. */
  load(): StoredMail[];
  /** Resolves once the mail survives a loss of power. */
  keep(mail: Omit<StoredMail, 'id' | 'at'>): Promise<StoredMail>;
}

export function openMailFolder(folder: string, clock: () => Date, say: (line: string) => void): MailFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // What was being written when we were killed: nobody was told that it was accepted.
  for (const name of readdirSync(folder))
    if (name.startsWith(TEMPORARY_PREFIX)) rmSync(join(folder, name), { force: true });
  const taken = new Set(readdirSync(folder));
  let count = 0;
  return {
    load: () =>
      [...taken]
        .filter((name) => name.endsWith('.json'))
        .sort()
        .flatMap((name) => readStored(join(folder, name), say)),
    keep: async (mail) => {
      const now = clock();
      let id: string;
      // Names sort by time; the number parts those of one millisecond, and a clock that was set back.
      do id = `${now.toISOString().replace(/[-:.]/gu, '')}-${String(++count).padStart(6, '0')}`;
      while (taken.has(`${id}.json`));
      taken.add(`${id}.json`);
      const stored = { id, at: now.toISOString(), ...mail };
      await writeDurablyAsync(join(folder, `${id}.json`), JSON.stringify(stored));
      return stored;
    },
  };
}

function readStored(path: string, say: (line: string) => void): StoredMail[] {
  try {
    return [storedMailSchema.parse(JSON.parse(readFileSync(path, 'utf8')))];
  } catch {
    say(`the captured mail ${path} can't be read and is left out`);
    return [];
  }
}
