/**
 * @module Signing in to an SMTP server with an OAuth 2.0 access token (XOAUTH2; RFC 6749, RFC 7523) in place of a
 * password. One token for all connections of a provider, fetched by nodemailer, which never logs it.
 */
import { createPrivateKey } from 'node:crypto';
import XOAuth2 from 'nodemailer/lib/xoauth2';
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import { ConfigError, type ProviderConfigOf } from '../../config.js';
import { isLoopback } from '../../loopback.js';

export type OAuth2Settings = NonNullable<ProviderConfigOf<'smtp'>['oauth2']>;

/** Milliseconds: a server that waits for a login hangs up after a few minutes. */
const REQUEST_TIMEOUT = 15_000;

export interface OAuth2Login {
  auth: NonNullable<SMTPPoolOptions['auth']>;
  /** The server took no login: the next one asks for another token, although this one has not run out. */
  refused(): void;
}

/** @throws ConfigError where neither a refresh token nor a service account's key is complete. */
export function oauth2Login(provider: string, settings: OAuth2Settings): OAuth2Login {
  const { user, refreshToken, clientId, clientSecret, serviceClient, privateKey, accessUrl } = settings;
  const hasRefresh = refreshToken !== undefined && clientId !== undefined;
  if (!hasRefresh && (serviceClient === undefined || !isKey(privateKey)))
    throw new ConfigError(
      `provider ${provider}: oauth2 needs clientId, clientSecret and refreshToken, or serviceClient and privateKey (PEM)`,
    );
  if (accessUrl?.startsWith('http:') && !isLoopback(new URL(accessUrl).hostname))
    throw new ConfigError(`provider ${provider}: oauth2.accessUrl must be https, because secrets go there`);
  const tokens = new XOAuth2({
    ...{ user, clientId, clientSecret, refreshToken, accessUrl, requestTimeout: REQUEST_TIMEOUT },
    ...(!hasRefresh && { serviceClient, privateKey }),
  });
  let isRefused = false;
  return {
    auth: {
      type: 'OAuth2',
      user,
      // By callback, because each connection of the pool would otherwise fetch a token of its own.
      provisionCallback: (_user, renew, done) => {
        tokens.getToken(renew || isRefused, (error, token) => {
          isRefused = false;
          if (error) done(error);
          else done(null, token, tokens.expires);
        });
      },
    },
    // nodemailer asks for another only where the server lets it go on (334), and not after a plain 535.
    refused: () => void (isRefused = true),
  };
}

function isKey(pem = ''): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
