/**
 * @module The wire to PostgreSQL: reads the frontend's half of the protocol, so that it knows what a transaction
 * has written when its commit comes by. What a transaction was is told by its audit rows.
 */
import type { Ambush, Crossing } from './ambush.js';
import { startWire, type Conversation, type Wire } from './wire.js';

/** Of which email a transaction is, and what it did; null where it is none of ours. */
export type Reader = (transaction: string) => Pick<Crossing, 'email' | 'what'> | null;

export const startDatabaseWire = (
  port: number,
  { ambush, process, read }: { ambush: Ambush; process: string; read: Reader },
): Promise<Wire> => startWire(port, () => converse(ambush, process, read));

/** Milliseconds: a statement may take 2.8 s (src/store/postgres.ts), a local activity 3 s. */
const PATIENCE = 2_000;

/** Of the protocol, version 3: one byte of type (but for the first message), four of length, the rest. */
const TYPE_AND_LENGTH = 5;

function converse(ambush: Ambush, process: string, read: Reader): Conversation {
  let isStarted = false;
  let buffer = Buffer.alloc(0);
  /** Prepared statements are sent once, and called by name from then on. */
  const statements = new Map<string, string>();
  let transaction: string[] = [];
  /** A commit that was passed on and not answered yet. */
  let committing: Pick<Crossing, 'email' | 'what'> | null = null;

  const next = (): Buffer | null => {
    const head = isStarted ? 1 : 0;
    if (buffer.length < head + 4) return null;
    const length = head + buffer.readInt32BE(head);
    if (buffer.length < length) return null;
    const message = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return message;
  };

  return {
    async outward(chunk, pass) {
      buffer = Buffer.concat([buffer, chunk]);
      for (let message = next(); message !== null; message = next()) {
        const type = isStarted ? message.toString('latin1', 0, 1) : 'startup';
        isStarted = true;
        const body = message.subarray(TYPE_AND_LENGTH);
        if (type === 'P') {
          const [name = '', text = ''] = strings(body);
          statements.set(name, text);
        } else if (type === 'B') {
          const [, name = ''] = strings(body);
          transaction.push(statements.get(name) ?? '', body.toString('latin1'));
        } else if (type === 'Q') {
          const [text = ''] = strings(body);
          if (text.startsWith('begin')) transaction = [];
          if (text === 'commit') {
            const found = read(transaction.join('\n'));
            transaction = [];
            if (
              found !== null &&
              (await ambush.pass({ ...found, process, side: 'before', patience: PATIENCE })) === 'drop'
            )
              return 'drop';
            committing = found;
          }
        }
        pass(message);
      }
      return 'go';
    },
    async inward(chunk, pass) {
      const found = committing;
      committing = null;
      if (
        found !== null &&
        (await ambush.pass({ ...found, process, side: 'after', patience: PATIENCE })) === 'drop'
      )
        return 'drop';
      pass(chunk);
      return 'go';
    },
  };
}

/** Strings of the protocol end with a zero. */
const strings = (body: Buffer): string[] => body.toString('latin1').split('\0', 2);
