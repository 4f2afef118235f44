/**
 * @module What an SMTP server's replies mean for each recipient. Pure. Only codes come out: the text of
 * a reply may quote addresses and content.
 */
import type { RecipientReceipt, RefusalReason } from '../../core/delivery/receipt.js';
import type { SmtpError } from './wire-message.js';

type Answer = Omit<RecipientReceipt, 'index'>;

const retry = (reason: RefusalReason, smtpStatus?: string): Answer =>
  answer('not_sent_retry', reason, smtpStatus);
const permanent = (reason: RefusalReason, smtpStatus?: string): Answer =>
  answer('not_sent_permanent', reason, smtpStatus);
const answer = (outcome: Answer['outcome'], reason: RefusalReason, smtpStatus?: string): Answer => ({
  outcome,
  reason,
  ...(smtpStatus !== undefined && { smtpStatus }),
});

/** The enhanced status (RFC 3463) where the reply has one of the same class, else its code. */
export function statusOfReply({ response = '', responseCode }: SmtpError): string | undefined {
  if (!responseCode) return undefined;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/u.exec(response)?.[1];
  return enhanced?.[0] === String(responseCode)[0] ? enhanced : String(responseCode);
}

/** Node's and OpenSSL's names for a handshake or a certificate that failed. */
const CERTIFICATE = /CERT|ISSUER|TLS|SSL/u;

/** What a failure before DATA was handed over means: certainly not sent, and why. */
export function refusalOf(error: SmtpError): Answer {
  const status = statusOfReply(error);
  const { responseCode: code = 0, command = '' } = error;
  if (error.code === 'EMESSAGE') return permanent('content', status ?? '5.3.4'); // over the server's SIZE
  if (error.code === 'ETLS' || CERTIFICATE.test(error.originalCode ?? '')) return retry('config', status);
  if (code === 0 && error.code === 'EAUTH') return permanent('config');
  if (code === 0 && error.code === 'EENVELOPE') return permanent('config');
  if (code >= 400 && code < 500) return retry(busyReason(error), status);
  if (code >= 500)
    return permanent(command === 'MAIL FROM' && isTooBig(status) ? 'content' : 'config', status);
  // An answer that is none (a 3xx at login, a text without code), a drop, a time-out, no connection.
  return error.code === 'EAUTH' ? permanent('config', status) : retry('transient', status);
}

/** What a reply to RCPT means for that recipient. */
export function recipientRefusal(error: SmtpError): Answer {
  const status = statusOfReply(error);
  const { responseCode: code = 0 } = error;
  if (code === 421) return retry('transient', status);
  if (code >= 400 && code < 500) return retry('recipient', status);
  if (code < 500) return retry('transient', status);
  // RFC 5321 §4.5.3.1.10: a bare 552 here is an old way to say "too many recipients in this call".
  if (status === '552' || status === '5.5.3') return retry('recipient', status);
  return permanent(isAboutUs(status, code) ? 'config' : 'recipient', status);
}

/** What a reply to the final dot means: the server said no, so it has not taken the message. */
export function contentRefusal(error: SmtpError): Answer {
  const status = statusOfReply(error);
  const { responseCode: code = 0 } = error;
  if (code < 500) return retry(busyReason(error), status);
  if (/^5\.[12]\.\d+$/u.test(status ?? '') && !isTooBig(status) && !isSenderAddress(status))
    return permanent('recipient', status);
  return permanent(isSenderAddress(status) || isAboutSending(status) ? 'config' : 'content', status);
}

/** 4xx says "later"; some servers say why in a way that helps to choose when and where. */
function busyReason({ response = '', responseCode }: SmtpError): RefusalReason {
  if (responseCode === 454 && /throttl/iu.test(response)) return /quota/iu.test(response) ? 'quota' : 'rate';
  return /^4\.7\.28$/u.test(statusOfReply({ response, responseCode } as SmtpError) ?? '')
    ? 'rate'
    : 'transient';
}

/** 5.7.x (policy, relaying denied), 5.3.x, 5.5.x and our own address: another provider may be let in. */
function isAboutUs(status: string | undefined, code: number): boolean {
  if (status?.includes('.')) return /^5\.[357]\./u.test(status) || isSenderAddress(status);
  return ![501, 550, 551, 552, 553, 556].includes(code);
}

const isSenderAddress = (status?: string): boolean => status === '5.1.7' || status === '5.1.8';
const isTooBig = (status?: string): boolean => ['552', '5.2.3', '5.3.4'].includes(status ?? '');
/** SPF, DKIM, DMARC, reverse DNS and login: about the way it was sent. 5.7.0 and 5.7.1 are about content here. */
const isAboutSending = (status?: string): boolean =>
  /^5\.(7\.(?![01]$)\d+|5\.\d+|3\.[0-35]|4\.\d+)$/u.test(status ?? '');
