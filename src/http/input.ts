/**
 * @module From a request to the input of an operation: path, headers, and body or query, merged into one
 * object. A field in the wrong place is told where it belongs, never silently taken or dropped.
 */
import { Problem } from '../errors.js';
import { fieldsOf, type FieldKind } from '../service/fields.js';
import { misplaced, pathFields, type Operation } from '../service/operations.js';
import { LIMITS } from '../core/email/request.js';
import { readBytes, readJson } from './body.js';
import { strong } from './etag.js';

/** 5 MB of attachments, as base64, with text beside them. */
const BODY_LIMIT = 8 * 1024 * 1024;

export interface Place {
  request: Request;
  /** Decoded path parameters. */
  params: Record<string, string>;
}

export type InputReader = (place: Place) => Promise<Record<string, unknown>>;

/** Reads inputs of one operation, as it stands at one of its paths. */
export function inputReader(operation: Operation): InputReader {
  const named = new Set(pathFields(operation.path));
  const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE';
  const kinds = new Map(hasBody ? [] : fieldsOf(operation).map(({ name, kind }) => [name, kind]));
  return async ({ request, params }) => {
    const query = new URL(request.url).searchParams;
    const rest = hasBody ? await bodyOf(operation, request, query) : fromQuery(query, kinds);
    for (const field of Object.keys(rest)) {
      const place = misplaced(operation, field);
      if (place !== null) throw wrong(field, place);
    }
    const inPath = Object.fromEntries(Object.entries(params).filter(([name]) => named.has(name)));
    return { ...rest, ...inPath, ...headersOf(operation, request) };
  };
}

async function bodyOf(
  { takes }: Operation,
  request: Request,
  query: URLSearchParams,
): Promise<Record<string, unknown>> {
  const [field] = query.keys();
  if (field !== undefined) throw wrong(field.slice(0, 80), 'goes in the JSON body, not in the query');
  if (takes === 'bytes') return { bytes: await readBytes(request, LIMITS.attachmentsBytes) };
  return await readJson(request, BODY_LIMIT);
}

/** A list may be a repeated field, or one with commas, or both. */
function fromQuery(query: URLSearchParams, kinds: ReadonlyMap<string, FieldKind>): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, text] of query) {
    const kind = kinds.get(name);
    if (kind === 'list') {
      const before = found.get(name) as string[] | undefined;
      found.set(name, [...(before ?? []), ...text.split(',')]);
    } else if (found.has(name)) throw wrong(name.slice(0, 80), 'is given more than once');
    else found.set(name, valueOf(kind, text));
  }
  return Object.fromEntries(found);
}

/** What is none stays a text, so that the schema says what it must be. */
function valueOf(kind: FieldKind | undefined, text: string): unknown {
  if (kind === 'number' && /^-?\d{1,9}$/u.test(text)) return Number(text);
  return kind === 'boolean' && /^(true|false)$/u.test(text) ? text === 'true' : text;
}

function headersOf({ headers = {} }: Operation, request: Request): Record<string, string> {
  const given = Object.entries(headers).map(([field, name]) => {
    const text = request.headers.get(name);
    return [field, name === 'If-Match' && text !== null ? strong(text) : text] as const;
  });
  return Object.fromEntries(given.filter((one): one is [string, string] => one[1] !== null));
}

const wrong = (field: string, message: string): Problem =>
  new Problem('invalid_request', { detail: `${field}: ${message}`, field, errors: [{ field, message }] });
