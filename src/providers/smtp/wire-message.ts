/**
 * @module A message as nodemailer's pool takes it: the content is a stream that nobody reads before the
 * server has said 354, so that its first read is the last moment at which nothing was sent.
 */
import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';

/** The envelope of one call; nodemailer notes in it what the server said to each recipient. */
export interface WireEnvelope {
  from: string;
  to: string[];
  /** Bytes, declared with SIZE, so that a server can refuse before DATA. */
  size: number;
  use8BitMime: boolean;
  rejectedErrors?: SmtpError[];
}

/** What nodemailer knows of a failure. `response` is the server's text and must not leave this folder. */
export interface SmtpError extends Error {
  code?: string;
  /** Node's code, where nodemailer put its own in `code`. */
  originalCode?: string;
  /** The command it answers; `CONN` for the connection itself, `API` where nothing was asked. */
  command?: string;
  response?: string;
  responseCode?: number;
  recipient?: string;
}

/** The part of nodemailer's mail object that its pool uses. */
export interface PoolMail {
  data: { signal: AbortSignal };
  message: {
    getEnvelope: () => WireEnvelope;
    messageId: () => string;
    getHeader: (name: string) => string;
    createReadStream: () => Readable;
  };
}

export interface WireMessage {
  mail: PoolMail;
  envelope: WireEnvelope;
  /** The server had said 354 and `beforeWire` agreed: from here on only a reply makes it certain. */
  handedOver(): boolean;
  /** All of it was handed over, so that a reply can be the one to the final dot. */
  complete(): boolean;
  /** Nothing more goes out, whatever nodemailer still has open. */
  stop(): void;
}

/** Small enough that back-pressure of the socket reaches us, large enough to cost nothing. */
const CHUNK = 65_536;

export function wireMessage(
  raw: Buffer,
  addresses: { from: string; to: string[]; messageId: string },
  { beforeWire, signal }: { beforeWire: () => void; signal: AbortSignal },
): WireMessage {
  const { from, to, messageId } = addresses;
  const envelope = { from, to, size: raw.length, use8BitMime: !isAscii(raw) };
  let handedOver = false;
  let offset = 0;
  const stream = new Readable({
    read() {
      if (!handedOver) {
        try {
          beforeWire();
        } catch (error) {
          this.destroy(error instanceof Error ? error : new Error('refused before the wire'));
          return;
        }
        handedOver = true;
      }
      this.push(offset < raw.length ? raw.subarray(offset, (offset += CHUNK)) : null);
    },
  });
  // Who hears of the error is nodemailer; where it has gone already, the error must not end the process.
  stream.on('error', () => undefined);
  return {
    mail: {
      data: { signal },
      message: {
        getEnvelope: () => envelope,
        messageId: () => messageId,
        getHeader: () => messageId,
        createReadStream: () => stream,
      },
    },
    envelope,
    handedOver: () => handedOver,
    complete: () => offset >= raw.length && handedOver,
    stop: () => void stream.destroy(),
  };
}
