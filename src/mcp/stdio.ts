/** @module MCP on standard input and output: one client, one key, for as long as the input is open. */
import type { Readable, Writable } from 'node:stream';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { untilAnswered } from './last-answers.js';
import type { Port } from './port.js';
import { mcpServers, type McpSettings } from './server.js';
import { BODY_LIMIT } from './transport.js';

export interface StdioDeps extends McpSettings {
  /** It may still be starting what it asks: the first request waits for it. */
  port: Promise<Port>;
  toolsets: readonly string[];
  stdin: Readable;
  stdout: Writable;
  onerror: (error: Error) => void;
}

/** Ends with its input, once all that it asked was answered. */
export function serveMcpStdio({ port, toolsets, stdin, stdout, onerror, ...settings }: StdioDeps): {
  close: () => Promise<void>;
  ended: Promise<void>;
} {
  const make = mcpServers(settings);
  const { transport, ended } = untilAnswered(
    stdin,
    (input) => new StdioServerTransport(input, stdout, { maxBufferSize: BODY_LIMIT }),
  );
  const server = serveStdio(async ({ era }) => await make({ port: await port, era, toolsets }), {
    transport,
    onerror,
  });
  return { close: () => server.close(), ended };
}
