/**
 * @module Our own webhook form: reports as JSON, signed as standardwebhooks.com says. Used by providers
 * that have no webhooks (SMTP, capture) and by whoever reports for them.
 */
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { ConfigError } from '../config.js';
import { bounceClassOf } from '../core/delivery/bounce.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import { normaliseAddress } from '../core/email/address.js';
import { fieldProblems } from '../core/email/problem.js';
import { instant } from '../core/email/request.js';
import { REPORT_TYPES } from '../core/email/state.js';
import { WebhookRefused, type Provider } from './provider.js';

/** Reports in one call. */
const MOST = 1_000;

const reportSchema = z
  .strictObject({
    reportId: z.string().min(1).max(200),
    type: z.enum(REPORT_TYPES),
    bounce: z.enum(['hard', 'soft', 'block']).optional(),
    /** Our message id, our Message-ID header, or the server's queue id. */
    message: z.string().min(1).max(500),
    recipient: z.string().max(320).transform(readAddress).optional(),
    at: instant.optional(),
    reason: z.string().max(1_000).optional(),
    smtpStatus: z
      .string()
      .regex(
        /^(?:[245]\d{2}|[245]\.\d{1,3}\.\d{1,3})$/u,
        'must be a reply code (550) or an enhanced one (5.1.1)',
      )
      .optional(),
    /** Of opens and clicks: not by a person, or by which program. */
    machine: z.boolean().optional(),
    userAgent: z.string().max(1_000).optional(),
    /** Of a complaint that says the opposite (ARF `not-spam`). */
    notSpam: z.boolean().optional(),
  })
  .refine((one) => one.bounce === undefined || one.type === 'bounced', {
    path: ['bounce'],
    message: 'only goes with type bounced',
  });

const bodySchema = z.strictObject({ reports: z.array(reportSchema).min(1).max(MOST) });

/** Verifies and reads a webhook; where there are no secrets, nobody can be believed. @throws ConfigError */
export function createReportReader(provider: string, secrets: readonly string[]): Provider['readHook'] {
  const webhooks = secrets.map((secret) => webhookOf(provider, secret));
  return async ({ body, headers }) => {
    if (webhooks.length === 0)
      throw new WebhookRefused(
        'invalid_signature',
        `provider ${provider} has no webhookSecret, so it takes no reports`,
      );
    const text = decode(body);
    verify(webhooks, text, headers);
    return { reports: readReports(wrapped(text)) };
  };
}

/** The headers that make a body of reports genuine. `at` and `id` default to now and a new id. */
export function signReports(
  secret: string,
  body: string | Uint8Array,
  { id = `msg_${crypto.randomUUID()}`, at = new Date() }: { id?: string; at?: Date } = {},
): Record<'content-type' | 'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const text = typeof body === 'string' ? body : decode(body);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': webhookOf('signReports', secret).sign(id, at, text),
  };
}

function webhookOf(provider: string, secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new ConfigError(`provider ${provider}: webhookSecret must be whsec_ followed by base64`);
  }
}

/** Strict, so that what was signed and what is read are the same bytes. */
function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new WebhookRefused('invalid_report', 'the body is not UTF-8');
  }
}

function verify(webhooks: readonly Webhook[], text: string, headers: Headers): void {
  const all = Object.fromEntries(headers.entries());
  const isGenuine = (webhook: Webhook): boolean => {
    try {
      webhook.verify(text, all, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  };
  if (!webhooks.some(isGenuine))
    throw new WebhookRefused(
      'invalid_signature',
      'webhook-id, webhook-timestamp and webhook-signature must sign this body, at most 5 minutes ago',
    );
}

/** Checks `{ reports: […] }`, as whoever we did not write gives them. @throws WebhookRefused `invalid_report` */
export function readReports(value: unknown): ProviderReport[] {
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) {
    const [first] = fieldProblems(parsed.error);
    throw new WebhookRefused(
      'invalid_report',
      `${first?.field || 'body'}: ${first?.message ?? 'is not valid'}`,
    );
  }
  return parsed.data.reports.map((one) =>
    one.type === 'bounced' && one.bounce === undefined
      ? { ...one, bounce: bounceClassOf(one.smtpStatus) }
      : one,
  );
}

/** One report may stand alone. */
function wrapped(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !('reports' in json) ? { reports: [json] } : json;
  } catch {
    throw new WebhookRefused('invalid_report', 'the body is not JSON');
  }
}

function readAddress(text: string, context: z.RefinementCtx): string {
  const address = normaliseAddress(text);
  if (address === null) {
    context.addIssue({ code: 'custom', message: 'is not a mail address' });
    return z.NEVER;
  }
  return address;
}
