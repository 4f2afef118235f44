/**
 * @module DKIM signatures (RFC 6376, relaxed/relaxed, rsa-sha256) of mail that goes out by SMTP, where the relay does
 * not sign itself. Over the composed bytes, so that what is signed is what goes.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import { ConfigError, type ProviderConfigOf } from '../../config.js';

export type DkimSettings = NonNullable<ProviderConfigOf<'smtp'>['dkim']>;

/**
 * What RFC 6376 §5.4.1 names, and both list headers, without which one-click unsubscribing does not count (RFC 8058 §4):
 * nodemailer's own list lacks List-Unsubscribe-Post. Those that a mail does not have are left out.
 */
const SIGNED = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version'],
  ...['Content-Type', 'Content-Transfer-Encoding', 'In-Reply-To', 'References', 'Auto-Submitted'],
  ...['List-Id', 'List-Help', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Subscribe', 'List-Archive'],
].join(':');

/** Signs a message with CRLF line ends. @throws ConfigError where the key is none that can sign. */
export function createDkimSigner(
  provider: string,
  { domain, selector, privateKey }: DkimSettings,
): (mime: Buffer) => Promise<Buffer> {
  checkKey(provider, privateKey);
  const dkim = new DKIM({
    ...{ domainName: domain, keySelector: selector, privateKey },
    headerFieldNames: SIGNED,
  });
  return async (mime) => {
    const signed = await buffer(dkim.sign(mime));
    // It would leave the signature out where it cannot make one, and an unsigned mail must not go instead.
    if (!signed.subarray(0, 15).equals(Buffer.from('DKIM-Signature:')))
      throw new Error(`provider ${provider}: the DKIM signature could not be made`);
    return signed;
  };
}

function checkKey(provider: string, privateKey: string): void {
  const key = keyOf(privateKey);
  // RFC 8301: shorter ones are worthless; Ed25519 signatures (RFC 8463) are not checked by the large receivers.
  if (key?.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 1024)
    throw new ConfigError(
      `provider ${provider}: dkim.privateKey must be an RSA private key in PEM, of at least 1024 bits`,
    );
}

function keyOf(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
