/**
 * @module What a model gets back from a tool call: what it came to, and what to do next, in words of ours beside data
 * that is never one.
 */
import { MailwardenError } from '../client.js';
import { bounded } from './bounded.js';
import { meaningOf, nextStep } from './words.js';

/** `note` and `nextStep` are our words to the model; all else is data. */
export type ToolResult =
  | { success: true; note?: string; [member: string]: unknown }
  | {
      success: false;
      error: {
        code: string;
        message: string;
        retryable: boolean;
        nextStep: string;
        [member: string]: unknown;
      };
    };

export function succeeded(output: Readonly<Record<string, unknown>>): ToolResult {
  if (output['contentDiffers'] === true) return failed(reused(output));
  const note = meaningOf(output).join(' ');
  return { success: true, ...(note !== '' && { note }), ...bounded(output) };
}

/** For a model the email was not sent, and that must not read as a success. */
const reused = ({ id, status }: Readonly<Record<string, unknown>>): MailwardenError =>
  new MailwardenError(
    'dedupe_key_reused',
    0,
    'another email was sent under this dedupeKey; this one was not sent',
    {
      ...{ id, messageStatus: status },
    },
  );

export function failed({ code, message, retryable, details }: MailwardenError): ToolResult {
  const { field, errors, id, messageStatus, verdict, retryAfter, advice } = details;
  const more = { field, errors, id, messageStatus, verdict, retryAfter, advice };
  const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  return { success: false, error: { code, message, retryable, nextStep: nextStep(code), ...bounded(given) } };
}
