/**
 * @module Streamable HTTP, of today's protocol and of those before it, for whoever was authenticated: without sessions
 * wherever the protocol lets us, so that any server of many can answer any request.
 */
import { createMcpHandler, isInitializeRequest, type AuthInfo } from '@modelcontextprotocol/server';
import { Problem } from '../errors.js';
import { parseJson, readBytes } from '../http/body.js';
import { createSessions, type SessionDeps } from './sessions.js';

/** Attachments of 5 MB in base64, with text beside them. */
export const BODY_LIMIT = 8 * 1024 * 1024;
/** Protocols before 2025-06-18 knew lists of requests; one HTTP request is to stay about one call. */
const MOST_AT_ONCE = 20;

/** What a client says of itself stays with its session; more than this is served without one. */
const MOST_KEPT = 16 * 1024;

export interface TransportDeps extends Omit<SessionDeps, 'maxRequestBodySize'> {
  /** A request was refused, or failed, in the protocol itself. */
  onerror: (error: Error) => void;
}

export type McpTransport = (request: Request, authInfo: AuthInfo) => Promise<Response>;

export function mcpTransport({ factory, onerror, ...deps }: TransportDeps): McpTransport {
  const stateless = createMcpHandler(factory, {
    onerror,
    maxRequestBodySize: BODY_LIMIT,
    // Nothing that is listed changes while a key lives, so there is nothing to listen for.
    maxSubscriptions: 1,
  });
  const sessions = createSessions({ factory, maxRequestBodySize: BODY_LIMIT, ...deps });
  return async (request, authInfo) => {
    const owner = authInfo.clientId;
    const session = sessions.find(request.headers.get('mcp-session-id'), owner);
    if (request.method === 'GET')
      return refused(405, -32_000, 'there is no stream to listen to', { Allow: 'POST, DELETE' });
    if (request.method !== 'POST')
      return await (session?.handleRequest(request, { authInfo }) ?? stateless.fetch(request, { authInfo }));
    const body = await bodyOf(request);
    if (body instanceof Response) return body;
    const options = { authInfo, parsedBody: body };
    if (session) return await session.handleRequest(request, options);
    if (!asksBack(body) || JSON.stringify(body).length > MOST_KEPT)
      return await stateless.fetch(request, options);
    return await (await sessions.open(owner, request, authInfo)).handleRequest(request, options);
  };
}

/** The JSON of a request, or what is answered instead. @throws Problem `body_too_large`. */
async function bodyOf(request: Request): Promise<unknown> {
  const bytes = await readBytes(request, BODY_LIMIT);
  try {
    const body = parseJson(bytes);
    if (Array.isArray(body) && body.length > MOST_AT_ONCE)
      return refused(400, -32_600, `at most ${MOST_AT_ONCE} requests at once`);
    return body ?? refused(400, -32_600, 'the body must be a JSON-RPC request');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return refused(400, error.code === 'invalid_json' ? -32_700 : -32_600, error.message);
  }
}

/** Whether this opens a connection over which the client can be asked something. */
function asksBack(body: unknown): boolean {
  if (!isInitializeRequest(body)) return false;
  const { elicitation, sampling, roots } = body.params.capabilities;
  return (elicitation ?? sampling ?? roots) !== undefined;
}

const refused = (
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response => Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status, headers });
