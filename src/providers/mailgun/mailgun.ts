/**
 * @module Mailgun: our own MIME by its HTTP API
 * (https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages/post-v3--domain-name--messages-mime).
 * With MIME of ours the envelope is a field of its own, so a subset of the recipients can be sent to, and what was
 * approved goes out byte for byte.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import { sameForAll } from '../vendor/http-answer.js';
import { createHttpCaller } from '../vendor/http-call.js';
import type { ProviderDependencies } from '../index.js';
import { mailgunReceipt } from './answer.js';
import { TAG, variableOf } from './event.js';
import { createMailgunReader } from './hook.js';
import { acceptedAt, eventsPath } from './lookup.js';
import { composeMime } from '../mime.js';
import { multipart, type Form, type FormPart } from './multipart.js';
import type { Delivery, Provider, Sought } from '../provider.js';

const HOSTS = { us: 'https://api.mailgun.net', eu: 'https://api.eu.mailgun.net' } as const;

type MailgunConfig = ProviderConfigOf<'mailgun'>;

/** `webhookSecret` holds the account's webhook signing keys, which are not API keys. */
export function createMailgunProvider(config: MailgunConfig, { log }: ProviderDependencies): Provider {
  const { name, domain } = config;
  const http = createHttpCaller({ base: config.url ?? HOSTS[config.region] });
  const authorization = `Basic ${Buffer.from(`api:${config.apiKey}`).toString('base64')}`;
  const base = `/v3/${encodeURIComponent(domain)}`;

  async function get(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await http.call({ method: 'GET', path, headers: { authorization }, signal });
    if ('failed' in answer) throw new Error(`mailgun: no answer (${answer.code})`);
    if (answer.status !== 200) throw new Error(`mailgun: answered ${answer.status}`);
    return answer.json;
  }

  return {
    name,
    capabilities: { envelope: true, dedupesFor: 0, lookup: 'partial' },
    async send(delivery): Promise<Receipt> {
      const { recipients, revision, signal, beforeWire } = delivery;
      if (signal.aborted)
        return { recipients: sameForAll(recipients, { outcome: 'not_sent_retry', reason: 'transient' }) };
      const { contentType, body } = await formOf(delivery, config);
      const outcome = await http.call({
        ...{ method: 'POST', path: `${base}/messages.mime`, body, signal, beforeWire },
        headers: { authorization, 'content-type': contentType },
      });
      if ('failed' in outcome)
        log?.warn({ id: delivery.id, provider: name, ...outcome }, 'mailgun gave no answer');
      else if (outcome.status >= 300)
        log?.warn({ id: delivery.id, provider: name, status: outcome.status }, 'mailgun refused');
      return mailgunReceipt(recipients, revision.messageId, outcome);
    },
    readHook: createMailgunReader(name, config.webhookSecret ?? []),
    lookup: async (sought: Sought) => acceptedAt(sought, await get(eventsPath(base, sought), sought.signal)),
    describe: () => `${http.host}/${domain}`,
    async check() {
      await get(`${base}/events?limit=1`, AbortSignal.timeout(CHECK_MS));
    },
    async close() {
      http.close();
    },
  };
}

/** A key that may only send cannot read events: the check then says 401 or 403, and mail goes all the same. */
const CHECK_MS = 15_000;

/**
 * The fields of one send. Not a tag per email: an account has a few thousand tags in all, so `o:tag` is the category,
 * and our id goes as a variable, which comes back with each event.
 */
async function formOf(delivery: Delivery, { testMode, tracking }: MailgunConfig): Promise<Form> {
  const { id, recipients, revision } = delivery;
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const isTracked = tracking.opens || tracking.clicks;
  const parts: FormPart[] = [
    ...recipients.map(({ address }): FormPart => ['to', address]),
    ['o:tag', revision.category],
    // Said each time, because the domain's own setting may be another.
    ['o:tracking', yes(isTracked)],
    ['o:tracking-opens', yes(tracking.opens)],
    ['o:tracking-clicks', yes(tracking.clicks)],
    ...(testMode ? [['o:testmode', 'yes'] as const] : []),
    [`v:${TAG}`, variableOf(id)],
    [
      'message',
      {
        filename: 'MimeMessage',
        contentType: 'application/octet-stream',
        bytes: await composeMime(delivery),
      },
    ],
  ];
  return multipart(parts);
}
