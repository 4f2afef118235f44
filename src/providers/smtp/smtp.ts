/**
 * @module Mail by SMTP (RFC 5321). It knows whether the content was handed over: before that every
 * failure is "not sent", after it only a reply to the final dot is certain, and all else is `unknown`.
 */
import SMTPPool from 'nodemailer/lib/smtp-pool';
import type { Logger } from 'pino';
import type { Receipt, RecipientReceipt } from '../../core/delivery/receipt.js';
import { ofSeveral } from '../vendor/http-answer.js';
import type { Recipient } from '../../core/email/revision.js';
import { createDkimSigner, type DkimSettings } from './dkim.js';
import { composeMime } from '../mime.js';
import type { Delivery, Provider } from '../provider.js';
import { createReportReader } from '../reports.js';
import { oauth2Login, type OAuth2Settings } from './oauth2.js';
import { contentRefusal, recipientRefusal, refusalOf, statusOfReply } from './reply.js';
import { describeUrl, poolOptions, type SmtpTimeouts } from './url.js';
import { wireMessage, type SmtpError, type WireMessage } from './wire-message.js';

export interface SmtpProviderOptions {
  name: string;
  /** `smtp://` (STARTTLS where offered; required where credentials would leave this machine) or `smtps://`. */
  url: string;
  /** `whsec_…`; without one every webhook is refused. */
  webhookSecret?: readonly string[] | undefined;
  /** Where the relay does not sign itself. */
  dkim?: DkimSettings | undefined;
  /** In place of a password in the URL. */
  oauth2?: OAuth2Settings | undefined;
  timeouts?: SmtpTimeouts;
  log?: Pick<Logger, 'warn'>;
}

interface Answer {
  error?: SmtpError;
  /** The reply to the final dot. */
  response?: string;
  serverMessageId?: string;
}

/** @throws ConfigError where the URL, a key or the secret is unusable. */
export function createSmtpProvider({
  name,
  url,
  webhookSecret = [],
  dkim,
  oauth2,
  timeouts,
  log,
}: SmtpProviderOptions): Provider {
  const login = oauth2 && oauth2Login(name, oauth2);
  const pool = new SMTPPool(poolOptions(name, url, timeouts, login?.auth));
  const sign = dkim && createDkimSigner(name, dkim);
  const underWay = new Set<Promise<Answer>>();

  async function ask(wire: WireMessage): Promise<Answer> {
    const asked = new Promise<Answer>((resolve) => {
      // The pool takes what Mail would hand it; `PoolMail` is the part of it that it reads.
      pool.send(wire.mail as unknown as Parameters<SMTPPool['send']>[0], (error, info) => {
        resolve(error ? { error } : { response: info?.response, serverMessageId: info?.serverMessageId });
      });
    });
    underWay.add(asked);
    try {
      return await asked;
    } finally {
      underWay.delete(asked);
      wire.stop();
    }
  }

  return {
    name,
    capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' },
    async send(delivery) {
      const sendable = delivery.recipients.filter(fitsEnvelope);
      if (sendable.length === 0 || delivery.signal.aborted) return receiptBeforeWire(delivery.recipients);
      const mime = await composeMime(delivery);
      const raw = sign ? await sign(mime) : mime;
      const wire = wireMessage(raw, addressesOf(delivery, sendable), delivery);
      const answer = await ask(wire);
      if (answer.error) {
        const { code, command } = answer.error;
        if (code === 'EAUTH') login?.refused();
        const smtpStatus = statusOfReply(answer.error);
        log?.warn({ id: delivery.id, provider: name, code, command, smtpStatus }, 'smtp delivery failed');
      }
      return receiptOf(delivery.recipients, wire, answer);
    },
    readHook: createReportReader(name, webhookSecret),
    describe: () => describeUrl(name, url),
    check: async () => {
      await pool.verify();
    },
    async close() {
      pool.close();
      await Promise.allSettled(underWay);
      pool.close({ force: true });
    },
  };
}

const addressesOf = (
  { revision }: Delivery,
  to: Recipient[],
): { from: string; to: string[]; messageId: string } => ({
  from: revision.from.address,
  to: to.map((one) => one.address),
  messageId: revision.messageId,
});

/** Legal inside a quoted local part, but nodemailer would refuse the whole call for one of them. */
const fitsEnvelope = ({ address }: Recipient): boolean => !/[\r\n<>]/u.test(address);

/** Of our own making: no server has said anything of the address, and another provider may take it. */
const BAD_ADDRESS = {
  ...({ outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.3' } as const),
  bounce: 'block' as const,
};

const receiptBeforeWire = (recipients: Recipient[]): Receipt => ({
  recipients: recipients.map((one) => ({
    index: one.index,
    ...(fitsEnvelope(one) ? ({ outcome: 'not_sent_retry', reason: 'transient' } as const) : BAD_ADDRESS),
  })),
});

/** The answer for each recipient: a refusal of its own first, then what happened to the message. */
function receiptOf(recipients: Recipient[], wire: WireMessage, answer: Answer): Receipt {
  // Where MAIL was refused, a pipelining server says no to every RCPT only because of that.
  const refused = new Map(
    answer.error?.command === 'MAIL FROM'
      ? []
      : wire.envelope.rejectedErrors?.map((error) => [error.recipient, recipientRefusal(error)] as const),
  );
  const forMessage = ofSeveral(messageAnswer(wire, answer), wire.envelope.to.length - refused.size > 1);
  const providerMessageId = answer.error ? undefined : queueId(answer);
  return {
    recipients: recipients.map((one) => ({
      index: one.index,
      ...(fitsEnvelope(one) ? (refused.get(one.address) ?? forMessage) : BAD_ADDRESS),
    })),
    ...(providerMessageId !== undefined && { providerMessageId }),
  };
}

function messageAnswer(wire: WireMessage, { error, response }: Answer): Omit<RecipientReceipt, 'index'> {
  if (error === undefined) {
    // A 2xx before the final dot went out answers something else.
    if (!wire.complete()) return { outcome: 'unknown' };
    const smtpStatus = statusOfReply({ response, responseCode: Number(response?.slice(0, 3)) } as SmtpError);
    return { outcome: 'accepted', ...(smtpStatus !== undefined && { smtpStatus }) };
  }
  if (!wire.handedOver()) return refusalOf(error);
  const { responseCode = 0 } = error;
  const isReplyToDot = error.code === 'EMESSAGE' && responseCode >= 400 && responseCode < 600;
  return isReplyToDot ? contentRefusal(error) : { outcome: 'unknown' };
}

/** The server's own id: "queued as X" (Postfix), "id=X" (Exim), and those that nodemailer knows. */
function queueId({ response = '', serverMessageId }: Answer): string | undefined {
  const named = /\b(?:queued as |id=)([\w.@+-]{1,200})/iu.exec(response)?.[1];
  return named ?? serverMessageId;
}
