/**
 * @module An SMTP connection URL as options of nodemailer's pool. Only settings that cannot break a
 * promise may stand in it: none of them logs traffic, repeats a message or opens files.
 */
import { isIP } from 'node:net';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import { ConfigError } from '../config.js';

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

/** @throws ConfigError where it is no SMTP URL or has a parameter that is not allowed; never quotes it. */
export function poolOptions(provider: string, url: string, timeouts: SmtpTimeouts = {}): SMTPPoolOptions {
  const parsed = parse(provider, url);
  const unknown = [...parsed.searchParams.keys()].find((key) => !ALLOWED.has(key));
  if (unknown !== undefined)
    throw new ConfigError(
      `provider ${provider}: the url's parameter ${unknown.slice(0, 40)} is not one of ${[...ALLOWED].join(', ')}`,
    );
  const options = parseConnectionUrl(url) as SMTPPoolOptions;
  return {
    connectionTimeout: timeouts.connection ?? 15_000,
    greetingTimeout: timeouts.greeting ?? 30_000,
    socketTimeout: timeouts.socket ?? 120_000,
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
    throw new ConfigError(`provider ${provider}: url must look like smtp://user:pass@host:587 or smtps://user:pass@host:465`);
  return parsed;
}

const isLoopback = (host = ''): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
