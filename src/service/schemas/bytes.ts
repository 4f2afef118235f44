/** @module Bytes as an operation takes them: the body of an HTTP request, or base64 where a door has no body. Pure. */
import { z } from 'zod';
import { base64, sizeOfBase64 } from '../../core/email/request.js';

/** The fields of an operation that `takes: 'bytes'`, of at most `most` bytes. */
export const bytesFields = (
  most: number,
): {
  bytes: z.ZodOptional<z.ZodType<Uint8Array, Uint8Array>>;
  content: z.ZodOptional<z.ZodType<string, string>>;
} => {
  const tooLarge = `must be at most ${most} bytes`;
  return {
    /** The bytes themselves: the body of an HTTP request. */
    bytes: z
      .instanceof(Uint8Array)
      .refine((bytes) => bytes.length <= most, tooLarge)
      .optional(),
    /** The bytes as base64, where a door has no body. */
    content: base64.refine((text) => sizeOfBase64(text) <= most + 2, tooLarge).optional(),
  };
};

/** The check that goes with these fields: one of the two, and once. */
export function givenOnce({
  value,
  issues,
}: z.core.ParsePayload<{ bytes?: Uint8Array | undefined; content?: string | undefined }>): void {
  if ((value.bytes === undefined) !== (value.content === undefined)) return;
  issues.push({
    code: 'custom',
    path: ['content'],
    message: 'give the bytes, once: as the body of an HTTP request, or as base64 in content',
    input: undefined,
  });
}

export const bytesOf = (given: {
  bytes?: Uint8Array | undefined;
  content?: string | undefined;
}): Uint8Array => given.bytes ?? Buffer.from(given.content ?? '', 'base64');
