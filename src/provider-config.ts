/**
 * @module The settings of a provider: what all of them have, and what each type takes besides. Durations are
 * milliseconds once parsed. `provider` may stand in the place of `type`.
 */
import { z } from 'zod';
import { duration } from './duration.js';
import { isLoopback } from './loopback.js';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, 'must be lower-case letters, digits and dashes');

const retry = z
  .strictObject({
    /** Tries at this provider before the next one in the route. */
    maximumAttempts: z.number().int().min(1).max(100).default(3),
    initialInterval: duration.prefault('1s'),
    backoffCoefficient: z.number().min(1).max(10).default(2),
    maximumInterval: duration.prefault('30s'),
  })
  .prefault({});

const timeouts = z
  .strictObject({
    /**
     * How long a delivery may sit in a queue that nobody polls before the next provider is tried. Default 1m; 30m
     * where a rate limit lets it wait.
     */
    scheduleToStart: duration.optional(),
    /** One try, receipt included; also how long its claim holds (the lease). */
    startToClose: duration.prefault('2m'),
    /** A try whose worker has died is given up on after this silence; a claim it made becomes unknown. */
    heartbeat: duration.prefault('15s'),
    /** All tries at one provider together; what it waits for a rate limit comes on top. */
    scheduleToClose: duration.prefault('15m'),
  })
  .prefault({});

const secret = z.string().min(8).max(8_000);

const shared = {
  /** `signal` is where reports of the `deliveryReport` signal are counted. */
  name: name.refine((one) => one !== 'signal', 'is reserved; choose another name'),
  /** Share of the first tries; 0 means never first. */
  weight: z.number().min(0).max(1000).default(100),
  /** Only after the others failed. */
  failover: z.boolean().default(false),
  /** Emails per second, over all workers: its deliveries then have a task queue of their own. */
  rateLimit: z.strictObject({ perSecond: z.number().positive().max(100_000) }).optional(),
  retry,
  timeouts,
  /**
   * What its webhooks at /v1/hooks/{name} are verified with; several while one is replaced. Without one all of them
   * are refused. Each adapter says what it is: `whsec_…`, `user:password`, a signing key.
   */
  webhookSecret: z
    .union([secret, z.array(secret).min(1).max(5)])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .optional(),
  /** Where it is set, webhooks come to /v1/hooks/{name}/{webhookEndpoint} and nowhere else. */
  webhookEndpoint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/u, 'must be letters, digits, - and _')
    .optional(),
};

/** Keys and mail go there, so it is in clear only on this machine. */
const api = z
  .url({ protocol: /^https?$/u, error: 'must be a URL such as https://api.example.com' })
  .max(2000)
  .refine(
    (one) => one.startsWith('https:') || isLoopback(new URL(one).hostname),
    'must be https: keys and mail go there',
  );

/** The API's address, where it is not the vendor's own. */
const url = api.optional();

/** What the vendor may put into the mail to see opens and clicks. Off unless it is asked for. */
const tracking = z
  .strictObject({ opens: z.boolean().default(false), clicks: z.boolean().default(false) })
  .prefault({});

/** RFC 6376. The key is PEM, by `file:PATH` or `${VAR}`. */
const dkim = z.strictObject({
  domain: z.string().min(1).max(253),
  selector: z.string().min(1).max(100),
  privateKey: secret,
});

/** RFC 7628 (XOAUTH2): a refresh token, or a service account's key; never a password. */
const oauth2 = z.strictObject({
  user: z.string().min(1).max(320),
  clientId: z.string().max(500).optional(),
  clientSecret: secret.optional(),
  refreshToken: secret.optional(),
  /** Of a service account. */
  serviceClient: z.string().max(500).optional(),
  privateKey: secret.optional(),
  /** Where tokens are asked for. */
  accessUrl: z.url({ protocol: /^https?$/u }).optional(),
});

export const providerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...shared,
    type: z.literal('smtp'),
    /** `smtp://user:pass@host:587`, `smtps://…`; query: see nodemailer's connection URL. */
    url: z.string().max(2000).optional(),
    dkim: dkim.optional(),
    oauth2: oauth2.optional(),
  }),
  z.strictObject({ ...shared, type: z.literal('capture'), url: z.string().max(2000).optional() }),
  z.strictObject({ ...shared, type: z.literal('sandbox') }),
  z.strictObject({
    ...shared,
    type: z.literal('http'),
    /** Each email is posted here, signed (docs/providers.md has the form). */
    url: api,
    /** `whsec_…` (standardwebhooks): signs what we post. */
    secret,
    /** It answers the same `Idempotency-Key` with its first answer for this long. */
    dedupesFor: duration.prefault('0s'),
  }),
  z.strictObject({ ...shared, type: z.literal('resend'), apiKey: secret, url, tracking }),
  z.strictObject({
    ...shared,
    type: z.literal('postmark'),
    /** The server token. */
    apiKey: secret,
    url,
    /** Message stream; by default the server's own transactional one. */
    stream: z.string().max(100).optional(),
    /** Commercial mail goes there, where it is set. */
    broadcastStream: z.string().max(100).optional(),
    tracking,
  }),
  z.strictObject({
    ...shared,
    type: z.literal('ses'),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/u, 'must be an AWS region such as eu-central-1'),
    /** Without these the SDK's own chain finds credentials: environment, profile, role. */
    accessKeyId: z.string().max(200).optional(),
    secretAccessKey: secret.optional(),
    sessionToken: secret.optional(),
    url,
    configurationSet: z.string().max(64).optional(),
    tenant: z.string().max(64).optional(),
    /** SNS topics whose messages are believed. */
    topicArns: z.array(z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/u)).default([]),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('sendgrid'),
    apiKey: secret,
    region: z.enum(['global', 'eu']).default('global'),
    url,
    /** Checks and prices a mail as if it went, and sends nothing. */
    sandboxMode: z.boolean().default(false),
    tracking,
  }),
  z.strictObject({
    ...shared,
    type: z.literal('mailgun'),
    apiKey: secret,
    /** The sending domain as it is set up there. */
    domain: z.string().min(3).max(253),
    region: z.enum(['us', 'eu']).default('us'),
    url,
    /** Takes mail and delivers none of it. */
    testMode: z.boolean().default(false),
    tracking,
  }),
  /** Made by `defineProvider` and handed over in code. */
  z.strictObject({ ...shared, type: z.literal('custom') }),
]);
export type ProviderConfig = z.output<typeof providerSchema>;

/** The settings of one type. */
export type ProviderConfigOf<T extends ProviderConfig['type']> = Extract<ProviderConfig, { type: T }>;

/** Settings of providers that may stand in a file only as `${VAR}` or `file:PATH`, and are never shown. */
export const PROVIDER_SECRETS =
  /^providers\[\d+\]\.(.*\.)?(webhookSecret|apiKey|secret|secretAccessKey|sessionToken|privateKey|clientSecret|refreshToken)(\[\d+\])?$/u;

/** Others write `provider: resend` where we write `type: resend`; both are understood. */
export function withTypes(providers: unknown): unknown {
  if (!Array.isArray(providers)) return providers;
  return providers.map((one: unknown) => {
    if (typeof one !== 'object' || one === null || 'type' in one || !('provider' in one)) return one;
    const { provider: type, ...rest } = one;
    return { ...rest, type };
  });
}
