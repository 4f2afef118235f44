/**
 * @module SendGrid by its v3 API (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). Recipients are whom the
 * headers name, so a call is for all of them; nothing is deduplicated, and what became of a mail only webhooks say (its
 * search is an add-on, and late).
 */
import type { ProviderConfigOf } from '../../provider-config.js';
import { createHttpCaller } from '../vendor/http-call.js';
import type { ProviderDependencies } from '../index.js';
import type { Provider } from '../provider.js';
import { sendgridReceipt } from './answer.js';
import { createSendgridReader } from './hook.js';
import { sendgridMail } from './mail.js';

const HOSTS = { global: 'https://api.sendgrid.com', eu: 'https://api.eu.sendgrid.com' } as const;

/** Milliseconds. */
const CHECK = 15_000;

/** `webhookSecret` holds the verification keys of signed event webhooks. @throws ConfigError where one is no key */
export function createSendgridProvider(
  config: ProviderConfigOf<'sendgrid'>,
  { log }: ProviderDependencies = {},
): Provider {
  const { name, apiKey, region, url = HOSTS[region], sandboxMode } = config;
  const http = createHttpCaller({ base: url });
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  return {
    name,
    capabilities: { envelope: false, dedupesFor: 0, lookup: 'none' },
    async send(delivery) {
      const { id, recipients, signal, beforeWire } = delivery;
      const body = JSON.stringify(sendgridMail(delivery, config));
      const outcome = await http.call({
        ...{ method: 'POST', path: '/v3/mail/send', headers, body },
        ...{ signal, beforeWire },
      });
      if ('failed' in outcome) log?.warn({ id, provider: name, ...outcome }, 'sendgrid gave no answer');
      else if (outcome.status >= 300)
        log?.warn({ id, provider: name, status: outcome.status }, 'sendgrid refused');
      return sendgridReceipt(recipients, outcome, sandboxMode);
    },
    readHook: createSendgridReader(name, config.webhookSecret ?? []),
    describe: () => http.host,
    /** Any key may ask what it is good for. */
    async check() {
      const signal = AbortSignal.timeout(CHECK);
      const answer = await http.call({ method: 'GET', path: '/v3/scopes', headers, signal });
      if ('failed' in answer) throw new Error(`sendgrid gave no answer: ${answer.code}`);
      if (answer.status !== 200) throw new Error(`sendgrid answered ${answer.status}`);
    },
    async close() {
      http.close();
    },
  };
}
