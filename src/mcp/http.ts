/**
 * @module The MCP door: `/mcp` over streamable HTTP, with the keys of the API. Every request is authenticated by itself,
 * so a revoked key stops at the next one.
 */
import {
  localhostAllowedOrigins,
  originValidationResponse,
  type AuthInfo,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import type { Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { Problem } from '../errors.js';
import type { CallerReader } from '../http/caller.js';
import type { Env } from '../http/env.js';
import { otherMethods } from '../http/methods.js';
import { problemResponse } from '../http/problem.js';
import type { Service } from '../service/index.js';
import type { Caller } from '../store/store.js';
import { challenge, MCP_PATH, metadataOf, metadataPath } from './metadata.js';
import { mcpServers, toolsetsFrom } from './server.js';
import { servicePort } from './service-port.js';
import { mcpTransport, type McpTransport } from './transport.js';

export interface McpDoorDeps {
  service: Pick<Service, 'call'>;
  callerOf: CallerReader;
  /** Where people reach this server. */
  publicUrl: string;
  /** Host names of the pages that may ask. */
  origins: readonly string[];
  version: string;
  clock: () => Date;
  randomId: () => string;
  log: Pick<Logger, 'info' | 'error'>;
  /** Milliseconds that a held email's answer may wait for the person at the client. Default 5 000. */
  patience?: number;
  /** Milliseconds within which a call is answered. Default 60 000. */
  timeLimit?: number;
}

export function addMcp(app: Hono<Env>, deps: McpDoorDeps): void {
  const publicUrl = deps.publicUrl.replace(/\/+$/u, '');
  for (const resource of ['', MCP_PATH] as const) {
    const path = metadataPath(resource);
    const document = metadataOf(publicUrl, resource);
    // Clients that are pages read it before they have a key; it says nothing that is not public.
    app.get(path, (c) => c.json(document, 200, { 'Access-Control-Allow-Origin': '*' }));
    app.all(path, otherMethods(['GET']));
  }
  const transport = mcpTransport({ ...deps, factory: factoryOf(deps), onerror: logged(deps) });
  addMcpRoute(app, {
    ...deps,
    publicUrl,
    transport: async (request, authInfo) => {
      // Before the protocol, in which a mistake in the address would be one of the server.
      toolsetsOf(request);
      return await transport(request, authInfo);
    },
  });
}

/** @throws Problem `invalid_request`. */
function toolsetsOf(request: Request): string[] {
  try {
    return toolsetsFrom(new URL(request.url).searchParams.get('toolsets'));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem('invalid_request', { detail: `toolsets: ${error.message}`, field: 'toolsets' });
  }
}

/** The route alone, in front of any transport: host, origin and key are looked at here, and nowhere else. */
export function addMcpRoute(
  app: Hono<Env>,
  {
    callerOf,
    publicUrl,
    origins,
    transport,
  }: Pick<McpDoorDeps, 'callerOf' | 'publicUrl' | 'origins'> & {
    transport: McpTransport;
  },
): void {
  app.on(['GET', 'POST', 'DELETE'], MCP_PATH, async (c) => {
    // A page that was led here under another name, or that belongs to someone else (DNS rebinding, CSRF).
    const foreign = originValidationResponse(c.req.raw, [...localhostAllowedOrigins(), ...origins]);
    if (foreign) return foreign;
    try {
      return await transport(c.req.raw, authInfoOf(await callerOf(c)));
    } catch (error) {
      return unauthorized(c, error, publicUrl);
    }
  });
  app.all(MCP_PATH, otherMethods(['POST', 'DELETE']));
}

function unauthorized(c: Context<Env>, error: unknown, publicUrl: string): Response {
  if (!(error instanceof Problem) || error.code !== 'unauthorized') throw error;
  return problemResponse(error, c.get('requestId'), { 'WWW-Authenticate': challenge(publicUrl) });
}

/** The key's text goes no further than this: within, its id stands for it. */
const authInfoOf = (caller: Caller): AuthInfo => ({
  token: caller.key,
  clientId: caller.key,
  scopes: caller.scopes,
  extra: { caller },
});

function factoryOf(deps: McpDoorDeps): McpServerFactory {
  const { service, log, version, randomId, patience = 5_000, timeLimit = 60_000 } = deps;
  const make = mcpServers({ version, patience, randomId });
  return async ({ era, authInfo, requestInfo }) => {
    const { caller } = authInfo?.extra as { caller: Caller };
    const toolsets = requestInfo ? toolsetsOf(requestInfo) : ['default'];
    return await make({ port: servicePort({ service, log, timeLimit }, caller), era, toolsets });
  };
}

/** Without the message: it repeats parts of the request. */
const logged =
  ({ log }: McpDoorDeps) =>
  ({ name }: Error): void => {
    log.info({ error: name }, 'mcp request refused');
  };
