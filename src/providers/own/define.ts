/**
 * @module A provider of the user's own, from as little code as it takes: who sends says yes by answering and no by
 * throwing `NotSent`; everything that a `Provider` owes besides is kept here.
 */
import { z } from 'zod';
import { ConfigError } from '../../config.js';
import type { HookReading, Receipt, RefusalReason } from '../../core/delivery/receipt.js';
import { ofSeveral, sameForAll, UNKNOWN } from '../vendor/http-answer.js';
import { composeMime } from '../mime.js';
import {
  receiptOf,
  refusalFor,
  REFUSAL_REASONS,
  smtpStatus as smtpStatusSchema,
  type OwnAnswer,
} from './answer.js';
import { ownEmail, type OwnEmail } from './email.js';
import {
  WebhookRefused,
  type Capabilities,
  type Delivery,
  type HookRequest,
  type Provider,
  type Sought,
} from '../provider.js';
import { createReportReader, readReports } from '../reports.js';

export type { OwnAnswer } from './answer.js';
export type { OwnAttachment, OwnEmail } from './email.js';

/** Milliseconds: what `NotSent` may ask for at most. */
const LONGEST_MS = 3_600_000;

/** An email to be sent, with what only code can be given. */
export interface EmailToSend extends OwnEmail {
  /** The whole message (RFC 5322, CRLF); Bcc is not in it. */
  mime: () => Promise<Buffer>;
  /** Aborts when nobody may send this any more; give it to `fetch`. */
  signal: AbortSignal;
}

/**
 * Certainly not sent. `recipient` and `content` are final; `config` and `refused` send the email to the next provider;
 * the others let it come again.
 */
export class NotSent extends Error {
  override name = 'NotSent';
  readonly smtpStatus: string | undefined;
  /** Milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly reason: RefusalReason,
    { smtpStatus, retryAfter }: { smtpStatus?: string; retryAfter?: number } = {},
  ) {
    super(`not sent: ${reason}`);
    this.smtpStatus = smtpStatus;
    this.retryAfter = retryAfter;
  }
}

export interface ProviderDefinition<Prepared = void> {
  /** Lower-case letters, digits and dashes: as routes and `type: custom` in the config name it. */
  name: string;
  /** What can be done before anything leaves: a token, a file beside. Whatever goes wrong in it, nothing was sent. */
  prepare?(email: EmailToSend): Promise<Prepared>;
  /**
   * Sends to `email.recipients`, once, without repeating it by itself. Its answer is that the email was taken;
   * `NotSent` is the only thing it throws that says the opposite: after anything else nobody knows.
   */
  send(email: EmailToSend, prepared: Prepared): Promise<OwnAnswer>;
  /** Whether the email was taken; null where it is not found. */
  lookup?(sought: Sought): Promise<OwnAnswer | null>;
  /** Verifies a webhook and reads it; whatever it throws refuses it. Default: our own form, with `webhookSecret`. */
  readHook?(hook: HookRequest): Promise<HookReading>;
  /** `whsec_…`, for webhooks in our own form. */
  webhookSecret?: string | readonly string[] | undefined;
  /** Default: sends to all recipients or none, dedupes nothing, and `partial` where there is a `lookup`. */
  capabilities?: Partial<Capabilities>;
  /** For people: a host, never credentials. */
  describe?(): string;
  /** Reaches it without sending anything; throws where it can't. */
  check?(): Promise<void>;
  close?(): Promise<void>;
}

/** @throws ConfigError where the definition cannot be used. */
export function defineProvider<Prepared = void>(definition: ProviderDefinition<Prepared>): Provider {
  const { name, webhookSecret = [] } = definition;
  if (!/^[a-z][a-z0-9-]{0,39}$/u.test(name) || name === 'signal')
    throw new ConfigError(`defineProvider: the name ${name} must be lower-case letters, digits and dashes`);
  const secrets = typeof webhookSecret === 'string' ? [webhookSecret] : webhookSecret;
  const looksUp = definition.lookup !== undefined;
  return {
    name,
    capabilities: {
      ...{ envelope: false, dedupesFor: 0, lookup: looksUp ? 'partial' : 'none' },
      ...definition.capabilities,
    },
    send: async (delivery) => await sendBy(definition, delivery),
    readHook: definition.readHook
      ? async (hook) => await readBy(definition, hook)
      : createReportReader(name, secrets),
    ...(looksUp && { lookup: async (sought: Sought) => await lookUpBy(definition, sought) }),
    describe: () => definition.describe?.() ?? name,
    ...(definition.check && { check: async () => await definition.check?.() }),
    ...(definition.close && { close: async () => await definition.close?.() }),
  };
}

async function sendBy<Prepared>(
  definition: ProviderDefinition<Prepared>,
  delivery: Delivery,
): Promise<Receipt> {
  const { recipients, signal, beforeWire } = delivery;
  let prepared: Prepared;
  const email: EmailToSend = {
    ...ownEmail(delivery),
    mime: async () => await composeMime(delivery),
    signal,
  };
  try {
    signal.throwIfAborted();
    prepared = (await definition.prepare?.(email)) as Prepared;
    beforeWire();
    signal.throwIfAborted();
  } catch (error) {
    return refusal(recipients, isNotSent(error) ? error : new NotSent('transient'));
  }
  try {
    return understood(recipients, await definition.send(email, prepared));
  } catch (error) {
    if (isNotSent(error)) return refusal(recipients, error);
    return { recipients: sameForAll(recipients, UNKNOWN) };
  }
}

async function lookUpBy<Prepared>(
  definition: ProviderDefinition<Prepared>,
  sought: Sought,
): Promise<Receipt | null> {
  const answer = (await definition.lookup?.(sought)) ?? null;
  return answer === null ? null : understood(sought.recipients, answer);
}

/** An answer that says nothing leaves it open whether the email was taken. */
const understood = (recipients: Delivery['recipients'], answer: OwnAnswer): Receipt =>
  receiptOf(recipients, answer) ?? { recipients: sameForAll(recipients, UNKNOWN) };

/** By name: a package that was installed twice has two classes. */
const isNotSent = (error: unknown): error is NotSent => error instanceof Error && error.name === 'NotSent';

/** Plain JavaScript can say anything, and only codes may come out. */
const refusalSchema = z.object({
  reason: z.enum(REFUSAL_REASONS).catch('transient'),
  smtpStatus: smtpStatusSchema.optional().catch(undefined),
  retryAfter: z
    .number()
    .min(0)
    .transform((ms) => Math.min(ms, LONGEST_MS))
    .optional()
    .catch(undefined),
});

function refusal(recipients: Delivery['recipients'], error: NotSent): Receipt {
  const { reason, smtpStatus, retryAfter } = refusalSchema.parse(error);
  return {
    recipients: sameForAll(recipients, ofSeveral(refusalFor(reason, smtpStatus), recipients.length > 1)),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** Reports of somebody else's code are checked like those that come over the network. */
async function readBy<Prepared>(
  definition: ProviderDefinition<Prepared>,
  hook: HookRequest,
): Promise<HookReading> {
  try {
    const reading = (await definition.readHook?.(hook)) ?? { reports: [] };
    // Nothing to report is an answer, too: an event of a kind that is of no use here.
    return reading.reports.length === 0
      ? reading
      : { ...reading, reports: readReports({ reports: reading.reports }) };
  } catch (error) {
    if (error instanceof WebhookRefused) throw error;
    throw new WebhookRefused('invalid_signature', `provider ${definition.name} did not verify this webhook`);
  }
}
