/** @module Why a webhook of a vendor is not taken. */
import { WebhookRefused } from '../provider.js';

/** It is not shown to be genuine. */
export const refused = (message: string): WebhookRefused => new WebhookRefused('invalid_signature', message);

/** It is genuine, and nothing that we can read. */
export const invalid = (message: string): WebhookRefused => new WebhookRefused('invalid_report', message);

/** There is nothing to know its webhooks by. */
export const noSecret = (provider: string): WebhookRefused =>
  refused(`provider ${provider} has no webhookSecret, so it takes no webhooks`);
