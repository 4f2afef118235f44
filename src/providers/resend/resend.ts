/**
 * @module Resend, by its HTTP API. It deduplicates by key for a day, so that an unknown outcome may be asked about by
 * sending the same again. Opens and clicks are a setting of the domain there, which no email can override, and our
 * Message-ID may be replaced on the way: reports come back by tag.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import { sameForAll } from '../vendor/http-answer.js';
import { createHttpCaller, type HttpAnswer, type HttpFailure } from '../vendor/http-call.js';
import type { ProviderDependencies } from '../index.js';
import type { Delivery, Provider } from '../provider.js';
import { resendError, resendReceipt } from './answer.js';
import { idempotencyKey, resendEmail } from './email.js';
import { createResendReader } from './hook.js';

const BASE = 'https://api.resend.com';
/** https://resend.com/docs/dashboard/emails/idempotency-keys */
const DAY = 24 * 3_600_000;
const CHECK_MS = 15_000;

/** `webhookSecret` is the signing secret of the webhook's endpoint. @throws ConfigError where it is none. */
export function createResendProvider(
  config: ProviderConfigOf<'resend'>,
  { log }: ProviderDependencies,
): Provider {
  const { name } = config;
  const http = createHttpCaller({ base: config.url ?? BASE });
  const authorization = `Bearer ${config.apiKey}`;

  function tell({ id }: Delivery, outcome: HttpAnswer | HttpFailure): void {
    if ('failed' in outcome) {
      log?.warn({ id, provider: name, ...outcome }, 'resend gave no answer');
      return;
    }
    const { status } = outcome;
    const code = resendError(outcome);
    if (code === 'invalid_idempotent_request')
      log?.error({ id, provider: name, status, code }, 'resend: this key has sent something else before');
    else if (status >= 300) log?.warn({ id, provider: name, status, code }, 'resend refused');
  }

  return {
    name,
    capabilities: { envelope: false, dedupesFor: DAY, lookup: 'none' },
    async send(delivery): Promise<Receipt> {
      const { key, recipients, signal, beforeWire } = delivery;
      const email = resendEmail(delivery);
      // The API wants a To; another provider may carry an email to Bcc alone.
      if (email.to.length === 0)
        return { recipients: sameForAll(recipients, { outcome: 'not_sent_permanent', reason: 'config' }) };
      const outcome = await http.call({
        ...{ method: 'POST', path: '/emails', signal, beforeWire },
        headers: {
          authorization,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey(key),
        },
        body: JSON.stringify(email),
      });
      tell(delivery, outcome);
      return resendReceipt(recipients, outcome);
    },
    readHook: createResendReader(name, config.webhookSecret ?? []),
    describe: () => http.host,
    async check() {
      const signal = AbortSignal.timeout(CHECK_MS);
      const answer = await http.call({ method: 'GET', path: '/domains', headers: { authorization }, signal });
      if ('failed' in answer) throw new Error(`resend: no answer (${answer.code})`);
      const code = resendError(answer);
      // A key that may only send is the better one to have, and it says so to every other question.
      if (answer.status !== 200 && code !== 'restricted_api_key')
        throw new Error(`resend: answered ${answer.status} ${code ?? ''}`.trim());
    },
    close: async () => http.close(),
  };
}
