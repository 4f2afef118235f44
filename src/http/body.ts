/**
 * @module The body of a request: counted while it is read, so that a sender who does not say how much is
 * coming is stopped all the same; then text, then JSON.
 */
import { Problem } from '../errors.js';
import { jsonOffence, type JsonOffence } from './json-shape.js';

const tooLarge = (limit: number): Problem =>
  new Problem('body_too_large', { detail: `the body must be at most ${limit} bytes` });

/** The bytes of the body. @throws Problem `body_too_large`, `unsupported_media_type`. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  // Inflated, a small body can be a huge one; email is small enough to be sent as it is.
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity')
    throw new Problem('unsupported_media_type', {
      detail: 'send the body as it is, without Content-Encoding',
    });
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Problem('invalid_json', { detail: 'the body ended before it was complete' });
    });
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** The body as a JSON object; none at all is an empty one. @throws Problem. */
export async function readJson(request: Request, limit: number): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request, limit);
  if (bytes.byteLength === 0) return {};
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Problem('unsupported_media_type', { detail: 'send JSON, with Content-Type: application/json' });
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem('invalid_request', { detail: 'the body must be a JSON object' });
  return value as Record<string, unknown>;
}

const OFFENCES: Record<JsonOffence, Problem> = {
  depth: new Problem('invalid_request', { detail: 'the body must not be nested deeper than 64 levels' }),
  values: new Problem('invalid_request', { detail: 'the body must not hold more than 20000 values' }),
  prototype: new Problem('invalid_request', {
    detail: '__proto__: unknown field; remove it',
    field: '__proto__',
    errors: [{ field: '__proto__', message: 'unknown field; remove it' }],
  }),
};

/** @throws Problem `invalid_json`; `invalid_request` where no honest sender writes such JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const offence = jsonOffence(text);
    if (offence !== null) throw OFFENCES[offence];
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const detail =
      error instanceof SyntaxError
        ? 'the body is not valid JSON; check quotes, commas and brackets'
        : 'the body is not UTF-8';
    // Neither the text nor its place is repeated: it may hold an address.
    throw new Problem('invalid_json', { detail });
  }
}
