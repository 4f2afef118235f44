/**
 * @module One mail in the capture inbox: what is kept of it on disk, and what is read out of it.
 */
import PostalMime from 'postal-mime';
import { z } from 'zod';

/** What is on disk: nothing is derived, so that a better reader helps old mail too. */
export const storedMailSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Envelope sender; empty for the null sender. */
  from: z.string(),
  /** Envelope recipients. */
  to: z.array(z.string()),
  /** The message as it came, base64: it may hold any byte. */
  content: z.base64(),
});
export type StoredMail = z.output<typeof storedMailSchema>;

/** A mail as the inbox answers it. */
export interface CapturedMail {
  id: string;
  /** When it was accepted, ISO 8601. */
  at: string;
  /** Envelope sender. */
  from: string;
  /** Envelope recipients: Bcc is seen here and in no header. */
  to: string[];
  subject: string;
  /** The Message-ID header, angle brackets included; empty where there is none. */
  messageId: string;
  /** Our message id, from the header X-Mailwarden-Id; null for mail of others. */
  mailwardenId: string | null;
  /** The whole message as text. */
  raw: string;
  /** The plain text part; null where there is none. */
  text: string | null;
}

export async function readMail(stored: StoredMail): Promise<CapturedMail> {
  const bytes = Buffer.from(stored.content, 'base64');
  const { id, at, from, to } = stored;
  const envelope = { id, at, from, to, raw: bytes.toString('utf8') };
  try {
    const parsed = await PostalMime.parse(bytes);
    const header = (name: string) => parsed.headers.find((one) => one.key === name)?.value.trim();
    return {
      ...envelope,
      subject: parsed.subject ?? '',
      messageId: header('message-id') ?? '',
      mailwardenId: header('x-mailwarden-id') || null,
      text: parsed.text ?? null,
    };
  } catch {
    // Whatever was sent is kept and shown; only what can't be read out of it stays empty.
    return { ...envelope, subject: '', messageId: '', mailwardenId: null, text: null };
  }
}
