/**
 * @module Webhooks of SES, by either way that AWS has: SNS, which signs, and EventBridge's API destinations, which bring
 * the key of their connection as `x-api-key` (name the header so there; the key is a webhookSecret).
 */
import { fetchText as fetchTextOfWeb, type FetchText } from '../vendor/fetch-text.js';
import { refused } from '../vendor/hook-refusal.js';
import { isSameSecret, jsonOf } from '../vendor/hook-report.js';
import type { Provider } from '../provider.js';
import { sesReports } from './event.js';
import { createSnsCertificates } from './sns-certificates.js';
import { confirmationUrl, verifySns } from './sns-message.js';

interface SesHookOptions {
  name: string;
  /** Keys of EventBridge connections; where there are none, nothing comes that way. */
  webhookSecret: readonly string[];
  /** Topics that are believed; where there are none, nothing comes by SNS. */
  topicArns: readonly string[];
  fetchText?: FetchText | undefined;
}

/** What SES itself says on a topic when it is set up, in no JSON. */
const GREETING = /^Successfully validated SNS topic for Amazon SES/u;

/** Milliseconds for the confirmation of a subscription. */
const CONFIRMATION = 5_000;

export function createSesReader({
  name,
  webhookSecret,
  topicArns,
  fetchText = fetchTextOfWeb,
}: SesHookOptions): Provider['readHook'] {
  const certificates = createSnsCertificates({ fetchText });

  return async ({ body, headers, now }) => {
    const apiKey = headers.get('x-api-key');
    if (apiKey !== null) {
      // Every one of them is compared, so that the answer takes as long whichever it is.
      const isGenuine = webhookSecret.filter((one) => isSameSecret(apiKey, one)).length > 0;
      if (!isGenuine) throw refused('x-api-key is not a webhookSecret of the provider');
      return { reports: sesReports(jsonOf(body)) };
    }
    if (topicArns.length === 0)
      throw refused(`provider ${name} has no topicArns, so it believes nothing that comes by SNS`);
    const message = await verifySns(jsonOf(body), { topicArns, certificates, now });
    if (message.Type === 'Notification')
      return { reports: GREETING.test(message.Message) ? [] : sesReports(jsonOf(message.Message)) };
    const url = confirmationUrl(message);
    // The end of a subscription is nothing that we would undo: confirming it again would.
    if (url === null) return { reports: [] };
    return { reports: [], confirm: () => confirm(fetchText, url) };
  };
}

async function confirm(fetchText: FetchText, url: string): Promise<void> {
  const { status } = await fetchText(url, AbortSignal.timeout(CONFIRMATION));
  if (status !== 200) throw new Error(`the SNS subscription was not confirmed: ${status}`);
}
