/**
 * @module Mail by a service of the user's own: each email is posted as JSON, signed as standardwebhooks.com says. The
 * form, with every answer, is in docs/providers.md.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ConfigError } from '../../config.js';
import type { Receipt } from '../../core/delivery/receipt.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import {
  answerOfFailure,
  answerOfPlain,
  isHtml,
  retryAfterOf,
  ofSeveral,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import { createHttpCaller, type HttpAnswer, type HttpFailure } from '../vendor/http-call.js';
import type { ProviderDependencies } from '../index.js';
import { receiptOf, refusalFor, REFUSAL_REASONS, smtpStatus } from './answer.js';
import { ownEmail } from './email.js';
import type { Delivery, Provider } from '../provider.js';
import { createReportReader, signReports } from '../reports.js';

const CHECK_MS = 15_000;

/** @throws ConfigError where the secret is none. */
export function createSignedHttpProvider(
  { name, url, secret, webhookSecret = [], dedupesFor }: ProviderConfigOf<'http'>,
  { log }: ProviderDependencies,
): Provider {
  checkSecret(name, secret);
  const { origin, pathname, search, username, password } = new URL(url);
  const http = createHttpCaller({ base: origin });
  const login = username !== '' && {
    authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
  };
  const path = pathname + search;

  return {
    name,
    capabilities: { envelope: true, dedupesFor, lookup: 'none' },
    async send(delivery): Promise<Receipt> {
      const { id, recipients, signal, beforeWire } = delivery;
      if (signal.aborted)
        return { recipients: sameForAll(recipients, { outcome: 'not_sent_retry', reason: 'transient' }) };
      const body = bodyOf(delivery);
      const key = headerKey(delivery.key);
      const headers = { ...login, ...signReports(secret, body, { id: key }), 'idempotency-key': key };
      const outcome = await http.call({ method: 'POST', path, headers, body, signal, beforeWire });
      if ('failed' in outcome) log?.warn({ id, provider: name, ...outcome }, 'the provider gave no answer');
      else if (outcome.status >= 300)
        log?.warn({ id, provider: name, status: outcome.status }, 'the provider refused');
      return receiptOfOutcome(delivery, outcome);
    },
    readHook: createReportReader(name, webhookSecret),
    describe: () => `${new URL(url).protocol}//${http.host}`,
    async check() {
      const signal = AbortSignal.timeout(CHECK_MS);
      const headers = { ...login, ...signReports(secret, '', { id: 'check' }) };
      const answer = await http.call({ method: 'GET', path, headers, signal });
      if ('failed' in answer) throw new Error(`no answer (${answer.code})`);
      // Whoever takes only POST says 404 or 405, and is there all the same.
      if (answer.status === 401 || answer.status === 403 || answer.status >= 500)
        throw new Error(`answered ${answer.status} to a signed GET`);
    },
    async close() {
      http.close();
    },
  };
}

/** Found at the start and not with the first email. */
function checkSecret(name: string, secret: string): void {
  try {
    signReports(secret, '');
  } catch {
    throw new ConfigError(`provider ${name}: secret must be whsec_ followed by base64`);
  }
}

/** A key that can stand in a header; whoever starts a workflow directly chooses ids, and no id may fail a send. */
const headerKey = (key: string): string =>
  /^[\x21-\x7e]{1,255}$/u.test(key) ? key : createHash('sha256').update(key).digest('base64url');

function bodyOf(delivery: Delivery): string {
  const { attachments, ...email } = ownEmail(delivery);
  return JSON.stringify({
    ...email,
    attachments: attachments.map(({ bytes, ...one }) => ({ ...one, content: bytes.toString('base64') })),
  });
}

function receiptOfOutcome({ recipients }: Delivery, outcome: HttpAnswer | HttpFailure): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  const { status, headers, json } = outcome;
  if (status >= 200 && status < 300)
    return receiptOf(recipients, json) ?? { recipients: sameForAll(recipients, UNKNOWN) };
  const retryAfter = retryAfterOf(headers);
  return {
    recipients: sameForAll(recipients, ofSeveral(refusalOf(outcome), recipients.length > 1)),
    ...((status === 429 || status === 503) && retryAfter !== undefined && { retryAfter }),
  };
}

/** Why not, in the body of a 4xx or 503. */
const refusalSchema = z.object({ reason: z.enum(REFUSAL_REASONS), smtpStatus: smtpStatus.optional() });

/** A 503 promises that nothing was sent, where it is the service's own and not a page of a proxy before it. */
function refusalOf(answer: HttpAnswer): Answer {
  const { status, json } = answer;
  const byStatus = status === 503 && !isHtml(answer) ? refusalFor('transient') : answerOfPlain(answer);
  if (byStatus.outcome === 'unknown') return UNKNOWN;
  const said = refusalSchema.safeParse(json);
  return said.success ? refusalFor(said.data.reason, said.data.smtpStatus) : byStatus;
}
