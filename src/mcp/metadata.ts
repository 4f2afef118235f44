/**
 * @module What an OAuth client is told about /mcp (RFC 9728). Keys are made here and given by hand, not by an
 * authorization server: none is named.
 */
import { operationEntries } from '../service/operations.js';

export const MCP_PATH = '/mcp';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** The document of a resource stands at its own path behind the well-known one. */
export const metadataPath = (resource: '' | typeof MCP_PATH): string => `${WELL_KNOWN}${resource}`;

/** `publicUrl`: without a trailing slash. */
export function metadataOf(publicUrl: string, resource: '' | typeof MCP_PATH): Record<string, unknown> {
  return {
    resource: `${publicUrl}${resource}`,
    resource_name: 'Mailwarden',
    bearer_methods_supported: ['header'],
    scopes_supported: [...new Set(operationEntries().flatMap(([, { scopes }]) => scopes))].sort(),
    resource_documentation: `${publicUrl}/problems/unauthorized`,
  };
}

/** Tells a client without a key where to read what it needs. */
export const challenge = (publicUrl: string): string =>
  `Bearer realm="mailwarden", resource_metadata="${publicUrl}${metadataPath(MCP_PATH)}"`;
