/**
 * @module The providers of a config, by name. The sandbox is always among them: it is where test keys end.
 */
import type { Logger } from 'pino';
import { ConfigError, type ProviderConfig, type ProviderConfigOf } from '../config.js';
import { createCaptureProvider } from './smtp/capture.js';
import { createMailgunProvider } from './mailgun/mailgun.js';
import { createPostmarkProvider } from './postmark/postmark.js';
import { SANDBOX, type Provider } from './provider.js';
import { createResendProvider } from './resend/resend.js';
import { createSandboxProvider } from './sandbox.js';
import { createSendgridProvider } from './sendgrid/sendgrid.js';
import { createSesProvider } from './ses/ses.js';
import { createSignedHttpProvider } from './own/signed-http.js';
import { createSmtpProvider, type SmtpProviderOptions } from './smtp/smtp.js';

export { CAPTURE } from './smtp/capture.js';
export { signReports } from './reports.js';

export interface ProviderDependencies {
  log?: Pick<Logger, 'warn' | 'error'>;
  /** Of `defineProvider`: what a `type: custom` of the same name means. */
  own?: readonly Provider[];
}

/**
 * @throws ConfigError that names the provider and what is wrong with it; never its URL or secret.
 */
export function createProviders(
  configs: readonly ProviderConfig[],
  deps: ProviderDependencies = {},
): Map<string, Provider> {
  const providers = new Map<string, Provider>([[SANDBOX, createSandboxProvider()]]);
  const seen = new Set<string>();
  for (const config of configs) {
    if (seen.has(config.name))
      throw new ConfigError(`providers: the name ${config.name} stands there twice; rename one`);
    if (config.name === SANDBOX && config.type !== 'sandbox')
      throw new ConfigError(
        `providers: the name ${SANDBOX} is reserved for test keys; rename this ${config.type} provider`,
      );
    seen.add(config.name);
    providers.set(config.name, create(config, deps));
  }
  return providers;
}

function create(config: ProviderConfig, deps: ProviderDependencies): Provider {
  switch (config.type) {
    case 'sandbox':
      return createSandboxProvider(config.name);
    case 'capture':
      return createCaptureProvider(smtpOptions(config, deps));
    case 'smtp':
      return createSmtpProvider({
        ...smtpOptions(config, deps),
        ...{ dkim: config.dkim, oauth2: config.oauth2 },
      });
    case 'http':
      return createSignedHttpProvider(config, deps);
    case 'mailgun':
      return createMailgunProvider(config, deps);
    case 'custom':
      return ownOne(config.name, deps);
    case 'postmark':
      return createPostmarkProvider(config, deps);
    case 'resend':
      return createResendProvider(config, deps);
    case 'sendgrid':
      return createSendgridProvider(config, deps);
    case 'ses':
      return createSesProvider(config, deps);
  }
}

function ownOne(name: string, { own = [] }: ProviderDependencies): Provider {
  const found = own.find((one) => one.name === name);
  if (found === undefined)
    throw new ConfigError(
      `provider ${name}: type custom needs a provider of this name, made with defineProvider and given to openProviders`,
    );
  return found;
}

function smtpOptions(
  { name, type, url, webhookSecret }: ProviderConfigOf<'smtp'> | ProviderConfigOf<'capture'>,
  { log }: ProviderDependencies,
): SmtpProviderOptions {
  if (url === undefined)
    throw new ConfigError(
      `provider ${name}: a provider of type ${type} needs a url, such as smtp://user:pass@host:587`,
    );
  return { name, url, webhookSecret, ...(log && { log }) };
}
