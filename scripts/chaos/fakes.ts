/**
 * @module The providers of the matrix, each played in this process, outside of all that is killed: what it took is
 * in its books, whatever becomes of those who sent it.
 */
import { randomBytes } from 'node:crypto';
import type { ConfigInput } from '../../src/config.js';
import { signReports } from '../../src/providers/index.js';
import { startSmtpServer } from '../../test/support/smtp.js';
import { MAILGUN_DOMAIN, startMailgun } from '../../test/support/vendors/mailgun.js';
import { POSTMARK_SECRET, POSTMARK_TOKEN, startPostmark } from '../../test/support/vendors/postmark.js';
import { RESEND_KEY, RESEND_SECRET, startResend } from '../../test/support/vendors/resend.js';
import {
  SENDGRID_KEY,
  sendgridEvent,
  sendgridHook,
  startSendgrid,
  VERIFICATION_KEY,
} from '../../test/support/vendors/sendgrid.js';
import { SES_KEYS, sesRecord, startSes } from '../../test/support/vendors/ses.js';
import { startSignedService } from '../../test/support/vendors/signed-service.js';
import type { Taken, Vendor } from '../../test/support/vendors/vendor.js';

type ProviderInput = NonNullable<ConfigInput['providers']>[number];

export interface Hook {
  body: string | Uint8Array;
  headers: NonNullable<RequestInit['headers']>;
}

export interface Fake {
  port: number;
  protocol: 'smtp' | 'http';
  /** It can be asked what became of a mail. */
  isSearchable?: true;
  /** Its place in the config, reached at this port; secrets as `${VARIABLE}`. */
  settings(name: string, port: number): ProviderInput;
  /** By the name of a variable; no two fakes share one. */
  secrets: Record<string, string>;
  /** Who it has taken mail for, as often as it has. */
  recipients(): string[];
  /** A genuine webhook that says that the mail to this address was delivered; null where it has taken none. */
  delivered(address: string, id: string): Hook | null;
  stop(): Promise<void>;
}

/** Puts a secret where only the environment has it; answers how a config names it. */
type Hide = (what: string, value: string) => string;

const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** Our own form, for those that have none. */
function ourReport(secret: string, message: string): Hook {
  const body = JSON.stringify({
    reports: [{ reportId: `delivered ${message}`, type: 'delivered', message }],
  });
  return { body, headers: signReports(secret, body) };
}

type Played = Omit<Fake, 'secrets'>;

async function smtp(hide: Hide): Promise<Played> {
  const server = await startSmtpServer();
  const secret = newSecret();
  const webhookSecret = hide('WEBHOOK', secret);
  return {
    ...{ port: server.port, protocol: 'smtp', stop: () => server.stop() },
    settings: (name, port) => ({ name, type: 'smtp', url: `smtp://127.0.0.1:${port}`, webhookSecret }),
    recipients: () => server.received.flatMap(({ to }) => to),
    delivered: (_, id) => ourReport(secret, id),
  };
}

interface VendorPart<V extends Vendor> {
  vendor: V;
  settings: (name: string, url: string) => ProviderInput;
  delivered: (taken: Taken, vendor: V) => Hook;
}

function played<V extends Vendor>({ vendor, settings, delivered }: VendorPart<V>): Played {
  return {
    ...{ port: Number(new URL(vendor.url).port), protocol: 'http', stop: () => vendor.stop() },
    settings: (name, port) => settings(name, `http://127.0.0.1:${port}`),
    recipients: () => vendor.taken.flatMap(({ to }) => to),
    delivered(address) {
      const taken = vendor.taken.find(({ to }) => to.some((one) => one.includes(address)));
      return taken === undefined ? null : delivered(taken, vendor);
    },
  };
}

const PLAYED: Readonly<Record<string, (hide: Hide) => Promise<Played>>> = {
  smtp,
  async resend(hide) {
    const [apiKey, webhookSecret] = [hide('KEY', RESEND_KEY), hide('WEBHOOK', RESEND_SECRET)];
    return played({
      vendor: await startResend(),
      settings: (name, url) => ({ name, type: 'resend', url, apiKey, webhookSecret }),
      delivered: (taken, vendor) => vendor.hookFor(taken, 'email.delivered'),
    });
  },
  async postmark(hide) {
    const [apiKey, webhookSecret] = [hide('KEY', POSTMARK_TOKEN), hide('WEBHOOK', POSTMARK_SECRET)];
    const fake = played({
      vendor: await startPostmark(),
      settings: (name, url) => ({ name, type: 'postmark', url, apiKey, webhookSecret }),
      delivered: (taken, vendor) =>
        vendor.hookFor(taken, 'Delivery', { DeliveredAt: new Date().toISOString() }),
    });
    return { ...fake, isSearchable: true };
  },
  async ses(hide) {
    const { accessKeyId, region } = SES_KEYS;
    const secret = newSecret();
    const [secretAccessKey, webhookSecret] = [hide('KEY', SES_KEYS.secretAccessKey), hide('WEBHOOK', secret)];
    return played({
      vendor: await startSes(),
      settings: (name, url) => ({
        ...{ name, type: 'ses', url, region, accessKeyId, secretAccessKey, webhookSecret },
      }),
      // By EventBridge: the certificate of SNS comes from Amazon alone.
      delivered: (taken) => ({
        body: JSON.stringify({
          ...{ source: 'aws.ses', 'detail-type': 'Email Delivered' },
          detail: sesRecord(taken, {
            delivery: { recipients: taken.to, timestamp: new Date().toISOString(), smtpResponse: '250 ok' },
          }),
        }),
        headers: { 'content-type': 'application/json', 'x-api-key': secret },
      }),
    });
  },
  async sendgrid(hide) {
    const [apiKey, webhookSecret] = [hide('KEY', SENDGRID_KEY), hide('WEBHOOK', VERIFICATION_KEY)];
    return played({
      vendor: await startSendgrid(),
      settings: (name, url) => ({ name, type: 'sendgrid', url, apiKey, webhookSecret }),
      delivered: (taken) => sendgridHook([sendgridEvent(taken, { event: 'delivered' })]),
    });
  },
  async mailgun(hide) {
    const keys = { apiKey: randomBytes(16).toString('hex'), signingKey: randomBytes(16).toString('hex') };
    const [apiKey, webhookSecret] = [hide('KEY', keys.apiKey), hide('WEBHOOK', keys.signingKey)];
    const fake = played({
      vendor: await startMailgun(keys),
      settings: (name, url) => ({
        ...{ name, type: 'mailgun', url, apiKey, webhookSecret, domain: MAILGUN_DOMAIN },
      }),
      delivered: (taken, vendor) => vendor.hookFor(taken, { event: 'delivered' }),
    });
    return { ...fake, isSearchable: true };
  },
  async http(hide) {
    const [signing, reporting] = [newSecret(), newSecret()];
    const [secret, webhookSecret] = [hide('KEY', signing), hide('WEBHOOK', reporting)];
    return played({
      vendor: await startSignedService(signing),
      settings: (name, url) => ({ name, type: 'http', url: `${url}/send`, secret, webhookSecret }),
      delivered: ({ tag }) => ourReport(reporting, tag ?? ''),
    });
  },
};

/** As the config knows them. */
export const TYPES: readonly string[] = Object.keys(PLAYED);

/** A fake of this type, for the provider of this name. @throws where there is none. */
export async function openFake(type: string, name: string): Promise<Fake> {
  const open = PLAYED[type];
  if (open === undefined) throw new Error(`there is no ${type} here; there are: ${TYPES.join(', ')}`);
  const secrets: Fake['secrets'] = {};
  const hide: Hide = (what, value) => {
    const variable = `CHAOS_${name.toUpperCase()}_${what}`;
    secrets[variable] = value;
    return `\${${variable}}`;
  };
  return { ...(await open(hide)), secrets };
}
