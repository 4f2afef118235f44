/** @module A mail server of somebody else: what the demo's emails are relayed to. Real SMTP, real sockets. */
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface Arrived {
  subject: string;
  to: string[];
  messageId: string;
  /** Our id of the message, from X-Mailwarden-Id. */
  id: string;
}

export class Relay {
  readonly arrived: Arrived[] = [];
  #server: SMTPServer | null = null;
  port = 0;

  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      // Down means down: no waiting for a pool's idle connections.
      closeTimeout: 100,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            this.arrived.push({
              subject: mail.subject ?? '',
              to: session.envelope.rcptTo.map((one) => one.address),
              messageId: mail.messageId ?? '',
              id: mail.headers.find((one) => one.key === 'x-mailwarden-id')?.value ?? '',
            });
            done();
          });
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** The port stays the relay's own: started again, it listens there again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server) await new Promise<void>((resolve) => server.close(resolve));
  }

  withSubject(subject: string): Arrived[] {
    return this.arrived.filter((one) => one.subject === subject);
  }
}
