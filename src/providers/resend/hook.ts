/** @module Resend's webhooks: who may be believed (https://resend.com/docs/webhooks/verify-webhooks-requests). */
import { ConfigError } from '../../config.js';
import { noSecret, refused } from '../vendor/hook-refusal.js';
import { jsonOf } from '../vendor/hook-report.js';
import type { Provider } from '../provider.js';
import { resendReports } from './event.js';
import { svixId, svixKey } from './svix.js';

/**
 * Verifies and reads a webhook with the endpoint's signing secrets; without one nobody can be believed.
 * @throws ConfigError where a secret is not `whsec_…`.
 */
export function createResendReader(provider: string, secrets: readonly string[]): Provider['readHook'] {
  const keys = secrets.map((secret) => {
    const key = svixKey(secret);
    if (key === null)
      throw new ConfigError(`provider ${provider}: webhookSecret must be the endpoint's whsec_…`);
    return key;
  });
  return async (hook) => {
    if (keys.length === 0) throw noSecret(provider);
    const id = svixId(keys, hook);
    if (id === null)
      throw refused('svix-id, svix-timestamp and svix-signature must sign this body, at most 5 minutes ago');
    return { reports: resendReports(jsonOf(hook.body), id) };
  };
}
