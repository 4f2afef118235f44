/** @module From an operation and its input to the request that asks for it. */
import { errorOf, type MailwardenError } from './errors.js';
import type { Route } from './routes.js';

export interface Prepared {
  url: string;
  init: { method: string; headers: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> };
}

export interface Target {
  url: string;
  apiKey: string;
  /** Stands for every key that a call has to have and did not get. */
  newKey: () => string;
}

export function requestFor(
  { url, apiKey, newKey }: Target,
  route: Route,
  input: Readonly<Record<string, unknown>>,
): Prepared {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const take = (field: string): unknown => {
    const value = rest.get(field);
    rest.delete(field);
    return value;
  };
  const headers: Record<string, string> = { Authorization: `Bearer ${apiKey}`, Accept: 'application/json' };
  for (const [field, name] of Object.entries(route.headers)) {
    const given = take(field) as string | null | undefined;
    if (given === null) continue;
    if (given !== undefined) headers[name] = given;
    // A key of its own for each call: its retries are then one effect, a second call is a second one. A dedupeKey is
    // that key already, by its other name.
    else if (field === 'idempotencyKey' && !rest.has('dedupeKey')) headers[name] = newKey();
  }
  const isShort = route.shortPath !== undefined && route.inPath.some((field) => !rest.has(field));
  const path = (isShort ? route.shortPath : route.path)?.replace(/\{(\w+)\}/gu, (_, field: string) =>
    encodeURIComponent(inPath(field, take(field))),
  );
  const target = new URL(url.replace(/\/+$/u, '') + (path ?? ''));
  const { method } = route;
  if (method === 'GET' || method === 'DELETE') {
    for (const [field, value] of rest) target.searchParams.set(field, String(value));
    return { url: target.href, init: { method, headers } };
  }
  if (route.takes === 'bytes') {
    headers['Content-Type'] ??= 'application/octet-stream';
    return { url: target.href, init: { method, headers, body: bytesOf(take('bytes'), take('content')) } };
  }
  headers['Content-Type'] = 'application/json';
  return { url: target.href, init: { method, headers, body: JSON.stringify(Object.fromEntries(rest)) } };
}

/** Who writes JSON, as models do, has base64. */
function bytesOf(bytes: unknown, content: unknown): Uint8Array<ArrayBuffer> {
  if (typeof content !== 'string') return bytes as Uint8Array<ArrayBuffer>;
  try {
    return Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  } catch {
    throw invalid('content', 'must be base64');
  }
}

/** A URL takes dots for the folder itself or the one above: another path, and the answer to another question. */
function inPath(field: string, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (!['', '.', '..'].includes(text.trim())) return text;
  throw invalid(field, 'must be given, and not be empty or only dots');
}

const invalid = (field: string, message: string): MailwardenError =>
  errorOf('invalid_request', 0, `${field}: ${message}`, { field, errors: [{ field, message }] });
