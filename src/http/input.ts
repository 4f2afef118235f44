/**
 * @module From a request to the input of an operation: path, headers, and body or query, merged into one
 * object. A field in the wrong place is told where it belongs, never silently taken or dropped.
 */
import { Problem } from '../errors.js';
import { fieldsOf } from '../service/fields.js';
import { misplaced, pathFields, type Operation } from '../service/operations.js';
import { readJson } from './body.js';

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
  const numbers = new Set(fieldsOf(operation).flatMap(({ name, kind }) => (kind === 'number' ? [name] : [])));
  const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE';
  return async ({ request, params }) => {
    const query = new URL(request.url).searchParams;
    const rest = hasBody ? await bodyOf(request, query) : fromQuery(query, numbers);
    for (const field of Object.keys(rest)) {
      const place = misplaced(operation, field);
      if (place !== null) throw wrong(field, place);
    }
    const inPath = Object.fromEntries(Object.entries(params).filter(([name]) => named.has(name)));
    return { ...rest, ...inPath, ...headersOf(operation, request) };
  };
}

async function bodyOf(request: Request, query: URLSearchParams): Promise<Record<string, unknown>> {
  const [field] = query.keys();
  if (field !== undefined) throw wrong(field.slice(0, 80), 'goes in the JSON body, not in the query');
  return await readJson(request, BODY_LIMIT);
}

function fromQuery(query: URLSearchParams, numbers: ReadonlySet<string>): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, text] of query) {
    if (found.has(name)) throw wrong(name.slice(0, 80), 'is given more than once');
    found.set(name, numbers.has(name) && /^-?\d{1,9}$/u.test(text) ? Number(text) : text);
  }
  return Object.fromEntries(found);
}

function headersOf({ headers = {} }: Operation, request: Request): Record<string, string> {
  const given = Object.entries(headers).map(([field, name]) => [field, request.headers.get(name)] as const);
  return Object.fromEntries(given.filter((one): one is [string, string] => one[1] !== null));
}

const wrong = (field: string, message: string): Problem =>
  new Problem('invalid_request', { detail: `${field}: ${message}`, field, errors: [{ field, message }] });
