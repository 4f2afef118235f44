/** @module The text part of an email whose caller gave only HTML (every mail carries one). */
import { convert } from 'html-to-text';
import type { EmailContent } from '../src/core/email/request.js';

/** Undefined where the caller gave a text, or no HTML. */
export function derivedText({ text, html }: Pick<EmailContent, 'text' | 'html'>): string | undefined {
  if (text !== undefined || html === undefined) return undefined;
  return convert(html, { wordwrap: 78, limits: { maxInputLength: 1_000_000, maxDepth: 200 } });
}
