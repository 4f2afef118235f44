/** @module The MCP door for tests: a real HTTP server over a real store, and the official client. */
import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { configSchema } from '../../src/config.js';
import { serve } from '../../src/server.js';
import { openDoor, type Door, type DoorOptions } from './door.js';
import type { TestStore } from './store.js';

export interface McpDoor extends Door {
  /** Of `/mcp`. */
  url: string;
  /** `key`: default the agent's. */
  connect(options?: ConnectOptions): Promise<Client>;
  /** A request as it is, with its answer. */
  post(body: string | object, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export interface ConnectOptions extends ClientOptions {
  key?: string;
  toolsets?: string;
  /** The protocol: of 2025 (default), or since 2026. */
  modern?: boolean;
  /** Instead of the door itself. */
  url?: string;
  /** Before it connects, to answer what a server may ask. */
  prepare?: (client: Client) => void;
}

export async function openMcp(shared: TestStore, options: DoorOptions = {}): Promise<McpDoor> {
  const door = await openDoor(shared, options);
  const http = await serve(configSchema.parse({ http: { port: 0 } }).http);
  http.use((request) => door.fetch(request));
  const url = `${http.url}/mcp`;
  const clients: Client[] = [];
  return {
    ...door,
    url,
    async connect({ key = door.agent.apiKey, ...more } = {}) {
      const client = await connectMcp({ url, key, ...more });
      clients.push(client);
      return client;
    },
    post: (body, headers) =>
      fetch(url, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${door.agent.apiKey}`,
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      for (const client of clients) await client.close();
      await http.close();
    },
  };
}

export async function connectMcp({
  url,
  key,
  toolsets,
  modern,
  prepare,
  ...options
}: ConnectOptions & { url: string; key: string }): Promise<Client> {
  const target = new URL(url);
  if (toolsets !== undefined) target.searchParams.set('toolsets', toolsets);
  const client = new Client(
    { name: 'test', version: '1' },
    { ...(modern === true && { versionNegotiation: { mode: 'auto' } }), ...options },
  );
  prepare?.(client);
  await client.connect(
    new StreamableHTTPClientTransport(target, {
      requestInit: { headers: { Authorization: `Bearer ${key}` } },
    }),
  );
  return client;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is what the test is about
export type Structured = any;

/**
 * Calls a tool: what it answered, the words of ours about it, and whether it failed. Older clients hold a failure, too,
 * against the schema, and throw.
 */
export async function use(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
): Promise<{ output: Structured; words: string; json: string; isError: boolean }> {
  const result = await client.callTool({ name, arguments: input });
  const fits = (await validatorOf(client, name))(result.structuredContent);
  if (!fits.valid) throw new Error(`the answer of ${name} does not fit its schema: ${fits.errorMessage}`);
  const [words = '', json = ''] = result.content.map((one) => (one.type === 'text' ? one.text : ''));
  return { output: result.structuredContent, words, json, isError: result.isError === true };
}

export const toolNames = async (client: Client): Promise<string[]> =>
  (await client.listTools()).tools.map((one) => one.name).sort();

type Schema = Parameters<AjvJsonSchemaValidator['getValidator']>[0];
const schemas = new Map<string, Schema>();

/** Of what a tool answers: the same for every key, so it is asked for once. */
async function validatorOf(
  client: Client,
  name: string,
): Promise<ReturnType<AjvJsonSchemaValidator['getValidator']>> {
  if (!schemas.has(name))
    for (const tool of (await client.listTools()).tools) schemas.set(tool.name, tool.outputSchema ?? {});
  return new AjvJsonSchemaValidator().getValidator(schemas.get(name) ?? {});
}
