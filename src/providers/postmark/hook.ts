/**
 * @module Postmark's webhooks: who may be believed. It signs nothing; what it can do is to give a user name and a
 * password that stand in the webhook's URL (https://postmarkapp.com/developer/webhooks/webhooks-overview#protecting-your-webhook).
 * A copy of a record is harmless, because it has the id of the first.
 */
import { ConfigError } from '../../config.js';
import { noSecret, refused } from '../vendor/hook-refusal.js';
import { isSameSecret, jsonOf } from '../vendor/hook-report.js';
import { postmarkReports } from './event.js';
import type { Provider } from '../provider.js';

/**
 * Verifies and reads a webhook with its credentials, `user:password`; without them nobody can be believed.
 * @throws ConfigError where they have another form.
 */
export function createPostmarkReader(provider: string, secrets: readonly string[]): Provider['readHook'] {
  for (const secret of secrets)
    if (!/^[^:]+:.{8,}$/u.test(secret))
      throw new ConfigError(
        `provider ${provider}: webhookSecret must be user:password, as in the webhook's URL, with a password of 8 characters or more`,
      );
  return async ({ body, headers }) => {
    if (secrets.length === 0) throw noSecret(provider);
    const given = credentialsIn(headers.get('authorization') ?? '');
    // Each one is compared, so that the answer takes as long whichever it is.
    if (!secrets.map((secret) => isSameSecret(given, secret)).includes(true))
      throw refused('Authorization must be Basic, with the user name and password of webhookSecret');
    return { reports: postmarkReports(jsonOf(body)) };
  };
}

/** RFC 7617; empty where there are none. */
const credentialsIn = (authorization: string): string =>
  Buffer.from(/^Basic ([A-Za-z0-9+/]{1,2000}={0,2})$/iu.exec(authorization)?.[1] ?? '', 'base64').toString();
