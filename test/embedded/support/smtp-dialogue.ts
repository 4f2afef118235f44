/** @module An SMTP client that says exactly what a test tells it to, one line at a time. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Dialogue {
  socket: Socket;
  /** Sends a line and answers with the last line of the reply. */
  say(line: string): Promise<string>;
  /** The next reply. */
  hear(): Promise<string>;
}

export async function openDialogue(port: number): Promise<Dialogue> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the server hung up');
      if (/^\d{3} /u.test(value)) return value;
    }
  };
  const say = (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return hear();
  };
  await hear();
  await say('EHLO test.example');
  return { socket, say, hear };
}

/** Everything up to and with the 354 that asks for the message. */
export async function upToData(port: number, recipients: readonly string[]): Promise<Dialogue> {
  const dialogue = await openDialogue(port);
  await dialogue.say('MAIL FROM:<agent@localhost.test>');
  for (const recipient of recipients) await dialogue.say(`RCPT TO:<${recipient}>`);
  await dialogue.say('DATA');
  return dialogue;
}
