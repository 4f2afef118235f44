/**
 * @module What the readers of vendors' webhooks share: bytes as JSON, and a vendor's fields as parts of a report. What a
 * vendor signed is genuine, but its shape may be anything, so nothing but `jsonOf` throws.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { normaliseAddress } from '../../core/email/address.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import { invalid } from './hook-refusal.js';
import { textOf } from './json.js';

/**
 * The JSON of a webhook. The decoding is strict, so that what was signed and what is read are the same bytes.
 * @throws WebhookRefused `invalid_report`
 */
export function jsonOf(body: Uint8Array | string): unknown {
  try {
    if (typeof body === 'string') return JSON.parse(body);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw invalid('the body is not JSON in UTF-8');
  }
}

/** How far another clock may be before ours, in milliseconds. */
const AHEAD = 5 * 60_000;

/** True for an instant at most `oldest` milliseconds ago. */
export function isFresh(at: Date, now: Date, oldest: number): boolean {
  const age = now.getTime() - at.getTime();
  return age <= oldest && age >= -AHEAD;
}

/** Compares in a time that says nothing about where they differ, or how long they are. */
export const isSameSecret = (given: string, wanted: string): boolean =>
  timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(wanted).digest());

/**
 * The id of a report where the vendor gives none that stays the same when it repeats itself: a hash of what makes the
 * event this one, so that no address stands in it.
 */
export const reportIdOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** A vendor's category as a code: `Mailbox Unavailable` is `mailbox_unavailable`. Not for fields that hold free text. */
export function wordOf(category: unknown): string | undefined {
  const word = textOf(category, 100)
    ?.replace(/([a-z])([A-Z])/gu, '$1_$2')
    .replace(/[^A-Za-z0-9]+/gu, '_')
    .replace(/^_|_$/gu, '')
    .toLowerCase();
  return word === '' ? undefined : word;
}

/** That code as a report has it, where there is one. */
export function reasonOf(category: unknown): Pick<ProviderReport, 'reason'> {
  const reason = wordOf(category);
  return reason === undefined ? {} : { reason };
}

/** The address as we compare it; null where it is none, and then the event is about nobody we know. */
export function recipientOf(address: unknown): string | null {
  const text = textOf(address, 320);
  return text === undefined ? null : normaliseAddress(text);
}

/** ISO 8601, or seconds since 1970, as ISO 8601; undefined where it is no time that a database takes. */
export function instantOf(time: unknown): string | undefined {
  const ms = typeof time === 'number' ? time * 1_000 : Date.parse(textOf(time, 40) ?? '');
  return ms > -62_135_596_800_000 && ms < 253_402_300_800_000 ? new Date(ms).toISOString() : undefined;
}

/** The enhanced status (RFC 3463), else the reply code (RFC 5321), at the beginning of a server's reply. */
export function statusIn(reply: unknown): string | undefined {
  const text = typeof reply === 'string' ? reply.slice(0, 200).replace(/^smtp;\s*/iu, '') : '';
  const [, enhanced] = /^(?:[245]\d\d[ -])?([245]\.\d{1,3}\.\d{1,3})(?![\w.])/u.exec(text) ?? [];
  return enhanced ?? /^[245]\d\d(?!\w)/u.exec(text)?.[0];
}

/** That status as a report has it, where there is one. */
export function statusOf(reply: unknown): Pick<ProviderReport, 'smtpStatus'> {
  const smtpStatus = statusIn(reply);
  return smtpStatus === undefined ? {} : { smtpStatus };
}

/** Proxies that fetch pictures for a mailbox (Apple's calls itself just `Mozilla/5.0`), and scanners that follow links. */
const MACHINE =
  /^Mozilla\/5\.0$|ImageProxy|YahooMailProxy|bot\b|crawler|spider|preview|scan|Barracuda|Mimecast|Proofpoint|^(?:curl|python|Go-http-client|Java)\b/iu;

/** True where an open or a click is no sign of a person, going by its user agent. */
export const isMachineAgent = (userAgent: unknown): boolean =>
  typeof userAgent === 'string' && MACHINE.test(userAgent.slice(0, 500).trim());

/** That sign as a report has it. `knows`: the vendor itself takes it for a machine. */
export const machineOf = (userAgent: unknown, knows = false): Pick<ProviderReport, 'machine'> =>
  knows || isMachineAgent(userAgent) ? { machine: true } : {};
