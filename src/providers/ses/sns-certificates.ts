/**
 * @module The keys that SNS signs with, by the URL of their certificate. What makes one genuine is the place it comes
 * from: TLS vouches for the host, and the host is Amazon's.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import type { FetchText } from '../vendor/fetch-text.js';
import { refused } from '../vendor/hook-refusal.js';
import { WebhookRefused } from '../provider.js';

/**
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html, with the file's name pinned as well:
 * other services let strangers put files on hosts of amazonaws.com.
 */
const CERTIFICATE_URL =
  /^https:\/\/sns\.[a-z0-9-]{3,}\.amazonaws\.com(?:\.cn)?\/SimpleNotificationService-[0-9a-zA-Z]{32}\.pem$/u;

export interface SnsCertificates {
  /**
   * The public key of the certificate at a URL.
   * @throws WebhookRefused `invalid_signature` where no valid certificate of SNS can be there, `unavailable` where
   * there was no answer.
   */
  keyAt(url: string, now: Date): Promise<KeyObject>;
}

interface SnsCertificatesOptions {
  fetchText: FetchText;
  /** Certificates kept; the one not used for longest goes first. There is one a region, and a second while it changes. */
  most?: number;
  /** Fetches at the same time: strangers can name as many URLs as they like. */
  atOnce?: number;
  /** Milliseconds for one fetch. */
  timeout?: number;
}

export function createSnsCertificates({
  fetchText,
  most = 16,
  atOnce = 4,
  timeout = 5_000,
}: SnsCertificatesOptions): SnsCertificates {
  const kept = new Map<string, X509Certificate>();
  const underWay = new Map<string, Promise<X509Certificate>>();

  async function fetchAt(url: string): Promise<X509Certificate> {
    const answer = await fetchText(url, AbortSignal.timeout(timeout)).catch(() => null);
    if (answer === null || answer.status === 429 || answer.status >= 500)
      throw unavailable('the certificate that signs cannot be had right now');
    const certificate = answer.status === 200 ? certificateIn(answer.text) : null;
    // Only what is one is kept, so that made-up names push nothing out.
    if (certificate === null) throw refused('there is no certificate at SigningCertURL');
    kept.set(url, certificate);
    for (const oldest of [...kept.keys()].slice(0, -most)) kept.delete(oldest);
    return certificate;
  }

  /** Webhooks come in bursts: all of them wait for the same fetch. */
  async function fetched(url: string): Promise<X509Certificate> {
    const running = underWay.get(url);
    if (running) return await running;
    if (underWay.size >= atOnce) throw unavailable('too many certificates are asked for at the same time');
    const fetching = fetchAt(url).finally(() => underWay.delete(url));
    underWay.set(url, fetching);
    return await fetching;
  }

  return {
    async keyAt(url, now) {
      if (!CERTIFICATE_URL.test(url)) throw refused('SigningCertURL is not where SNS keeps its certificates');
      const known = kept.get(url);
      if (known) {
        kept.delete(url);
        kept.set(url, known);
      }
      const certificate = known ?? (await fetched(url));
      const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
      if (now.getTime() < from || now.getTime() > to) throw refused('the certificate is not valid now');
      return certificate.publicKey;
    },
  };
}

const unavailable = (message: string): WebhookRefused => new WebhookRefused('unavailable', message);

/** RSA only: with another key `verify` would mean something else. */
function certificateIn(pem: string): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.publicKey.asymmetricKeyType === 'rsa' ? certificate : null;
  } catch {
    return null;
  }
}
