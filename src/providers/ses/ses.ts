/**
 * @module Amazon SES by its v2 API (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). The MIME is
 * ours (`Content.Raw`) and `Destination` is the envelope, so a subset of the recipients can be sent to. SES has no token
 * against repetition and no search: what became of an unknown send only its events say, found by their tag.
 */
import type { SendEmailCommandInput, SESv2Client } from '@aws-sdk/client-sesv2';
import { ConfigError } from '../../config.js';
import type { Recipient } from '../../core/email/revision.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import type { FetchText } from '../vendor/fetch-text.js';
import type { Answer } from '../vendor/http-answer.js';
import type { ProviderDependencies } from '../index.js';
import { composeMime } from '../mime.js';
import type { Delivery, Provider } from '../provider.js';
import { sesReceipt } from './answer.js';
import { createSesClient, type Sdk } from './client.js';
import { TAG } from './event.js';
import { createSesReader } from './hook.js';
import { tagFor } from '../vendor/tag.js';

type SesConfig = ProviderConfigOf<'ses'>;

interface SesDependencies extends ProviderDependencies {
  /** How certificates of SNS are fetched and subscriptions confirmed; by default over the network. */
  fetchText?: FetchText;
}

/** Milliseconds. */
const CHECK = 15_000;

/** `webhookSecret` holds the keys of EventBridge connections. @throws ConfigError for half a pair of credentials */
export function createSesProvider(config: SesConfig, { log, fetchText }: SesDependencies = {}): Provider {
  const { name, region, url, accessKeyId, secretAccessKey, webhookSecret = [], topicArns } = config;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw new ConfigError(
      `provider ${name}: accessKeyId and secretAccessKey go together; set both or neither`,
    );
  const ses = createSesClient(config);
  return {
    name,
    capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' },
    async send(delivery) {
      const { id, recipients, signal, beforeWire } = delivery;
      const sendable = recipients.filter(isSendable);
      const refused = recipients
        .filter((one) => !isSendable(one))
        .map(({ index }) => ({ index, ...NOT_ASCII }));
      if (sendable.length === 0) return { recipients: refused };
      const input = await inputOf({ ...delivery, recipients: sendable }, config);
      const outcome = await ses.call(input, sendEmail, { signal, beforeWire });
      if ('failed' in outcome) log?.warn({ id, provider: name, ...outcome }, 'ses gave no answer');
      else if (outcome.status >= 300)
        log?.warn({ id, provider: name, status: outcome.status }, 'ses refused');
      const receipt = sesReceipt(sendable, outcome, region);
      return { ...receipt, recipients: [...receipt.recipients, ...refused] };
    },
    readHook: createSesReader({ name, webhookSecret, topicArns, fetchText }),
    describe: () => (url === undefined ? `Amazon SES in ${region}` : new URL(url).host),
    async check() {
      const signal = AbortSignal.timeout(CHECK);
      const answer = await ses.call({}, getAccount, { signal });
      if ('failed' in answer) throw new Error(`ses gave no answer: ${answer.code}`);
      if (answer.status !== 200) throw new Error(`ses answered ${answer.status}`);
    },
    async close() {
      ses.close();
    },
  };
}

/** SES has no SMTPUTF8 ("The local part must be 7-bit ASCII", API_Destination); the domain is in its A-label form by now. */
const isSendable = ({ address }: Recipient): boolean => !/\P{ASCII}/u.test(address);
/** RFC 6531 §3.2 has 5.6.7 for it. */
const NOT_ASCII: Answer = { outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.6.7' };

type Send<Input> = (sdk: Sdk, client: SESv2Client, input: Input) => Promise<unknown>;
const sendEmail: Send<SendEmailCommandInput> = (sdk, client, input) =>
  client.send(new sdk.SendEmailCommand(input));
const getAccount: Send<object> = (sdk, client, input) => client.send(new sdk.GetAccountCommand(input));

/** Whom the recipients see is in the MIME. */
async function inputOf(
  delivery: Delivery,
  { configurationSet, tenant }: SesConfig,
): Promise<SendEmailCommandInput> {
  const { id, revision, recipients } = delivery;
  const tag = tagFor(id, 256);
  return {
    FromEmailAddress: revision.from.address,
    Destination: { ToAddresses: recipients.map(({ address }) => address) },
    Content: { Raw: { Data: await composeMime(delivery) } },
    EmailTags: [
      ...(tag === undefined ? [] : [{ Name: TAG, Value: tag }]),
      { Name: 'category', Value: revision.category },
    ],
    ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
    ...(tenant !== undefined && { TenantName: tenant }),
  };
}
