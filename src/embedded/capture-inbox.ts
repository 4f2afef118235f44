/**
 * @module The capture inbox: an SMTP server on this machine that takes every mail and delivers none. What it
 * answers with 250 is on disk before, so that no kill loses it.
 */
import { join } from 'node:path';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { SMTPServer } from 'smtp-server';
import type { CapturedMail } from './captured-mail.js';
import { readMail } from './captured-mail.js';
import { firstFreePort, isPortTaken, PortTaken } from './free-port.js';
import { openMailFolder } from './mail-folder.js';

const HOST = '127.0.0.1';
const USUAL_PORT = 1025;
const LIMITS = { bytes: 10_000_000, recipients: 50, connections: 100 } as const;

export interface CaptureInboxOptions {
  dataDir: string;
  /** Absent: 1025 where it is free, else a free one. 0: a free one. */
  port?: number | undefined;
  clock: () => Date;
  say: (line: string) => void;
}

export interface CaptureInbox {
  /** `host:port`. */
  address: string;
  port: number;
  /** Every mail, the newest last. */
  list(): readonly CapturedMail[];
  stop(): Promise<void>;
}

export async function startCaptureInbox({
  dataDir,
  port,
  clock,
  say,
}: CaptureInboxOptions): Promise<CaptureInbox> {
  const folder = openMailFolder(join(dataDir, 'inbox'), clock, say);
  const mails: CapturedMail[] = [];
  for (const stored of folder.load()) mails.push(await readMail(stored));

  const accept = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const { mailFrom, rcptTo } = session.envelope;
    const content = await collect(stream);
    // The server answers 552 by itself; here it is only not kept.
    if (content === null) return;
    const to = rcptTo.map((one) => one.address);
    const from = mailFrom ? mailFrom.address : '';
    const stored = await folder.keep({ from, to, content: content.toString('base64') });
    mails.push(await readMail(stored));
    mails.sort((a, b) => (a.id < b.id ? -1 : 1));
  };

  const server = new SMTPServer({
    banner: 'Mailwarden capture inbox: mail stays here',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LIMITS.bytes,
    rejectOversized: true,
    maxRecipients: LIMITS.recipients,
    maxClients: LIMITS.connections,
    socketTimeout: 60_000,
    closeTimeout: 2_000,
    onData: (stream, session, answer) => {
      accept(stream, session).then(
        () => answer(),
        // Disk full, for instance: the sender keeps it and tries again.
        () => answer(Object.assign(new Error('the mail could not be kept'), { responseCode: 451 })),
      );
    },
  });
  const bound = await listen(server, port ?? (await firstFreePort([USUAL_PORT])));
  // A client that breaks off is no news, and nobody else's to handle.
  server.on('error', () => undefined);
  return {
    address: `${HOST}:${bound}`,
    port: bound,
    list: () => mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The whole message, or null where it is larger than we take: then it is read to its end and dropped. */
async function collect(stream: SMTPServerDataStream): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks.length = 0;
    else chunks.push(chunk as Buffer);
  }
  return stream.sizeExceeded ? null : Buffer.concat(chunks);
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(isPortTaken(error) ? new PortTaken('the capture inbox', port, '--smtp-port') : error);
    });
    const socket = server.listen({ port, host: HOST }, () => {
      const address = socket.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
