/**
 * @module The development sink: SMTP to the capture inbox on this machine, under a name that says that
 * nothing leaves the house.
 */
import type { Provider } from '../provider.js';
import { createSmtpProvider, type SmtpProviderOptions } from './smtp.js';

export const CAPTURE = 'capture';

/** @throws ConfigError where the URL or the secret is unusable. */
export function createCaptureProvider(
  options: Omit<SmtpProviderOptions, 'name'> & { name?: string },
): Provider {
  return createSmtpProvider({ name: CAPTURE, ...options });
}
