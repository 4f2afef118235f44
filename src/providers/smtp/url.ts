/**
 * @module An SMTP connection URL as options of nodemailer's pool. Only settings that cannot break a
 * promise may stand in it: none of them logs traffic, repeats a message or opens files.
 */
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import { ConfigError } from '../../config.js';
import { isLoopback } from '../../loopback.js';

/** Milliseconds. */
export interface SmtpTimeouts {
  /** DNS, connecting, TLS. */
  connection?: number;
  /** From connected to the server's greeting. */
  greeting?: number;
  /** Silence in the middle of a conversation; a server may think for long after the final dot. */
  socket?: number;
}

const ALLOWED: ReadonlySet<string> = new Set([
  ...['name', 'requireTLS', 'ignoreTLS', 'authMethod', 'localAddress', 'maxConnections', 'maxMessages'],
  ...['rateLimit', 'rateDelta', 'connectionTimeout', 'greetingTimeout', 'socketTimeout'],
  ...['tls.rejectUnauthorized', 'tls.servername', 'tls.minVersion', 'tls.ca'],
]);

/**
 * `login`: in place of a password in the URL.
 * @throws ConfigError where it is no SMTP URL or has a parameter that is not allowed; never quotes it.
 */
export function poolOptions(
  provider: string,
  url: string,
  timeouts: SmtpTimeouts = {},
  login?: SMTPPoolOptions['auth'],
): SMTPPoolOptions {
  const keys = [...parse(provider, url).searchParams.keys()];
  // Not quoted: in a URL with an unescaped "?" it is a piece of the password.
  if (!keys.every((key) => ALLOWED.has(key)))
    throw new ConfigError(
      `provider ${provider}: its url may only have the parameters ${[...ALLOWED].join(', ')} (write ? and # in a password as %3F and %23)`,
    );
  const inUrl = read(provider, url);
  if (login !== undefined && inUrl.auth !== undefined)
    throw new ConfigError(`provider ${provider}: give either a user in its url or oauth2, not both`);
  const options = { ...inUrl, ...(login !== undefined && { auth: login }) };
  return {
    connectionTimeout: timeouts.connection ?? 15_000,
    greetingTimeout: timeouts.greeting ?? 30_000,
    socketTimeout: timeouts.socket ?? 120_000,
    maxConnections: 10,
    // Credentials leave this machine only under TLS, unless the URL says otherwise (?requireTLS=false).
    requireTLS: options.auth !== undefined && !options.secure && !isLoopback(options.host),
    ...options,
    ...(options.ignoreTLS && { requireTLS: false }),
    // A repeat is the workflow's to decide: the pool must never send by itself what it has begun.
    maxRequeues: 0,
    // A lease that is over kills the socket: what is still in its buffers must not go out.
    socketCloseTimeout: 0,
    logger: false,
    debug: false,
    transactionLog: false,
  };
}

/** Scheme, host and port. */
export function describeUrl(provider: string, url: string): string {
  const { protocol, hostname, port } = parse(provider, url);
  return `${protocol}//${hostname}:${port || (protocol === 'smtps:' ? '465' : '587')}`;
}

function parse(provider: string, url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^smtps?:$/u.test(parsed.protocol) || parsed.hostname === '')
    throw unusable(provider);
  return parsed;
}

/** nodemailer's own errors carry the whole URL, so they stop here. */
function read(provider: string, url: string): SMTPPoolOptions {
  try {
    return parseConnectionUrl(url);
  } catch {
    throw unusable(provider);
  }
}

const unusable = (provider: string): ConfigError =>
  new ConfigError(
    `provider ${provider}: url must look like smtp://user:pass@host:587 or smtps://user:pass@host:465`,
  );

/** Nothing that is said to it leaves this machine. */
