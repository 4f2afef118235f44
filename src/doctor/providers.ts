/** @module Checks of the providers: each is reached and signed in at, without sending anything. */
import type { Provider } from '../providers/provider.js';
import { within } from '../service/connectivity.js';
import { failed, ok, reasonOf, skipped, warning, type Finding } from './finding.js';

const TIMEOUT_MS = 8_000;

export async function checkProviders(providers: readonly Provider[]): Promise<Finding[]> {
  if (providers.length === 0)
    return [
      warning(
        'providers',
        'none is set: no email can leave',
        'set MAILWARDEN_SMTP_URL=smtp://user:password@host:587, or providers in mailwarden.yaml',
      ),
    ];
  return await Promise.all(providers.map(checkOne));
}

async function checkOne(provider: Provider): Promise<Finding> {
  const check = `provider ${provider.name}`;
  if (!provider.check) return skipped(check, `${provider.describe()}: it has nothing to reach`);
  try {
    await within(TIMEOUT_MS, provider.check(), () => new Error('no answer in time'));
    return ok(check, provider.describe());
  } catch (error) {
    return failed(
      check,
      `${provider.describe()}: ${reasonOf(error)}`,
      `check host, port, user and password in the url of ${provider.name}, and that this machine may reach it`,
    );
  }
}
