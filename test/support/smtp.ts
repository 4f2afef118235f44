/**
 * @module SMTP servers for tests: a real one that records what it took, and a scripted one that fails at
 * one exact point of the conversation. Both on 127.0.0.1 and a free port; the caller stops them.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** One message as it came over the wire, dot-stuffing undone. */
export interface ReceivedMail {
  from: string;
  to: string[];
  raw: string;
  /** Whether it came over TLS; the real server knows. */
  secure?: boolean;
}

export interface RunningSmtp {
  url: string;
  host: string;
  port: number;
  /** What was taken with a 250, in order. */
  received: ReceivedMail[];
  stop(): Promise<void>;
}

export interface SmtpServerSettings {
  /** Accepts only this login, or this access token (XOAUTH2); without it nobody logs in. */
  auth?: { user: string; pass: string } | { user: string; accessToken: () => string };
  /** Implicit TLS with smtp-server's own self-signed certificate; STARTTLS is offered where `starttls` is set. */
  tls?: boolean;
  starttls?: boolean;
  /** PEM, in place of that certificate. */
  certificate?: { key: string; cert: string };
  /** Runs before the 250; a throw refuses the message with 451. */
  onMail?: (mail: ReceivedMail) => void | Promise<void>;
}

/** A real SMTP server. */
export async function startSmtpServer(settings: SmtpServerSettings = {}): Promise<RunningSmtp> {
  const received: ReceivedMail[] = [];
  const options: SMTPServerOptions = {
    logger: false,
    secure: settings.tls ?? false,
    hideSTARTTLS: !settings.starttls,
    authOptional: settings.auth === undefined,
    ...(settings.auth === undefined && { disabledCommands: ['AUTH'] }),
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    ...settings.certificate,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ username, password, accessToken }, _session, done) {
      const { auth } = settings;
      const isKnown = auth && ('pass' in auth ? password === auth.pass : accessToken === auth.accessToken());
      const good = isKnown && username === auth.user;
      if (good) done(null, { user: username });
      else done(Object.assign(new Error('Invalid login'), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((one) => one.address),
          raw: Buffer.concat(chunks).toString('utf8'),
          secure: session.secure,
        };
        Promise.resolve()
          .then(() => settings.onMail?.(mail))
          .then(() => {
            received.push(mail);
            done(null, `2.0.0 Ok: queued as TEST${received.length}`);
          })
          .catch(() => done(Object.assign(new Error('4.3.0 try later'), { responseCode: 451 })));
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    ...location(settings.tls ? 'smtps' : 'smtp', port),
    received,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/**
 * What happens at a point: a reply (`550 5.1.1 no`), or the end of it: `drop` closes with FIN, `reset` with
 * RST, `hang` never answers. `['354 go', 'drop']` answers and then closes.
 */
export type SmtpAct = string | readonly [reply: string, then: 'drop' | 'reset' | 'hang'];

export interface SmtpScript {
  greeting?: SmtpAct;
  /** Offers PIPELINING, so that MAIL, RCPT and DATA come in one go. */
  pipelining?: boolean;
  /** Further lines of the answer to EHLO, such as `SIZE 1000` or `AUTH PLAIN`. */
  extensions?: readonly string[];
  auth?: SmtpAct;
  mail?: SmtpAct;
  /** One for all, or by address. */
  rcpt?: SmtpAct | ((address: string) => SmtpAct);
  data?: SmtpAct;
  /** Once per message, when the first bytes after the 354 arrive; after a reply the rest is read as usual. */
  body?: SmtpAct;
  /** Milliseconds without reading after `body`, so that the sender feels back-pressure. */
  bodyPause?: number;
  /** At the final dot. */
  dot?: SmtpAct;
}

export interface ScriptedSmtp extends RunningSmtp {
  /** Every command line, in order; not the content. */
  commands: string[];
  /** Bytes of content that arrived, whether they were answered or not. */
  contentBytes(): number;
  /** Connections made so far, and those still open. */
  connections(): number;
  open(): number;
}

/** A server that follows a script; what the script does not name is answered like a friendly server would. */
export async function startScriptedSmtp(script: SmtpScript = {}): Promise<ScriptedSmtp> {
  const received: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let contentBytes = 0;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let buffer = '';
    let reading: 'commands' | 'content' | 'nothing' = 'commands';
    let mail: ReceivedMail = { from: '', to: [], raw: '' };
    let begun = false;

    const act = (one: SmtpAct): boolean => {
      const [reply, then] =
        typeof one === 'string' && isEnd(one) ? ['', one] : typeof one === 'string' ? [one, ''] : one;
      if (reply !== '') socket.write(`${reply}\r\n`);
      if (then === '') return true;
      reading = 'nothing';
      if (then === 'drop') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
      return false;
    };

    const command = (line: string): void => {
      commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') act(greetingOf(script));
      else if (verb === 'AUTH') act(script.auth ?? '235 2.7.0 welcome');
      else if (verb === 'MAIL') {
        mail = { from: addressIn(line), to: [], raw: '' };
        act(script.mail ?? '250 2.1.0 ok');
      } else if (verb === 'RCPT') {
        const address = addressIn(line);
        const one =
          typeof script.rcpt === 'function' ? script.rcpt(address) : (script.rcpt ?? '250 2.1.5 ok');
        if (typeof one === 'string' && one.startsWith('2')) mail.to.push(address);
        act(one);
      } else if (verb === 'DATA') {
        const one = script.data ?? (mail.to.length > 0 ? '354 go ahead' : '503 5.5.1 no valid recipients');
        if (act(one) && typeof one === 'string' && one.startsWith('3')) [reading, begun] = ['content', false];
      } else if (verb === 'RSET') act('250 2.0.0 ok');
      else if (verb === 'QUIT') act(['221 2.0.0 bye', 'drop']);
      else act('502 5.5.2 what?');
    };

    const content = (arrived: number): void => {
      contentBytes += arrived;
      const first = arrived > 0 && !begun;
      begun ||= first;
      if (first && script.body !== undefined && !act(script.body)) return;
      if (first && script.bodyPause !== undefined) {
        socket.pause();
        setTimeout(() => socket.resume(), script.bodyPause);
      }
      // Only the new part can hold the end; a search from the start would take for ever on large mail.
      const end = buffer.startsWith('.\r\n')
        ? -2
        : buffer.indexOf('\r\n.\r\n', Math.max(0, buffer.length - arrived - 4));
      if (end === -1) return;
      mail.raw = buffer.slice(0, end + 2).replace(/\r\n\.\./gu, '\r\n.');
      buffer = buffer.slice(end + 5);
      reading = 'commands';
      const one = script.dot ?? `250 2.0.0 Ok: queued as S${received.length + 1}`;
      if (typeof one === 'string' && one.startsWith('2')) received.push(mail);
      act(one);
    };

    socket.on('data', (chunk: Buffer) => {
      buffer += chunk.toString('latin1');
      let arrived = chunk.length;
      for (;;) {
        if (reading === 'nothing') return;
        if (reading === 'content') {
          const before = buffer.length;
          content(arrived);
          if ((reading as string) !== 'commands' || buffer.length === before) return;
          arrived = 0;
          continue;
        }
        const newline = buffer.indexOf('\r\n');
        if (newline < 0) return;
        const line = buffer.slice(0, newline);
        buffer = buffer.slice(newline + 2);
        arrived = Math.min(arrived, buffer.length);
        command(line);
        if ((reading as string) === 'content' && buffer.length === 0) return;
      }
    });
    act(script.greeting ?? '220 scripted.test ESMTP');
  });

  const port = await listen(server);
  return {
    ...location('smtp', port),
    received,
    commands,
    contentBytes: () => contentBytes,
    connections: () => connections,
    open: () => sockets.size,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An URL at which nobody listens. */
export async function refusedSmtpUrl(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `smtp://127.0.0.1:${port}`;
}

const isEnd = (act: string): boolean => act === 'drop' || act === 'reset' || act === 'hang';

const greetingOf = ({ pipelining, extensions = [] }: SmtpScript): string => {
  const lines = [
    'scripted.test',
    ...extensions,
    ...(pipelining ? ['PIPELINING'] : []),
    'ENHANCEDSTATUSCODES',
  ];
  return lines.map((line, i) => `250${i < lines.length - 1 ? '-' : ' '}${line}`).join('\r\n');
};

const addressIn = (line: string): string => /<(.*)>/u.exec(line)?.[1] ?? '';

const location = (scheme: string, port: number): Pick<RunningSmtp, 'url' | 'host' | 'port'> => ({
  url: `${scheme}://127.0.0.1:${port}`,
  host: '127.0.0.1',
  port,
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
