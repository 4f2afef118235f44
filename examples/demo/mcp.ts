/**
 * @module What an agent does that lost the reply to its tool call: it calls again, over MCP and with the official
 * client, and gets the first answer.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Ready } from '../../src/embedded/dev.js';
import { startLossyProxy } from './lossy-proxy.js';

export interface Retried {
  tools: number;
  /** How the first call failed, as the agent saw it. */
  failure: string;
  lostReplies: number;
  /** Of the second call. */
  answer: { id: string; status: string; replayed?: boolean };
}

export async function sendAndRetry(
  { mcp, keys }: Pick<Ready, 'mcp' | 'keys'>,
  email: Record<string, unknown>,
): Promise<Retried> {
  const proxy = await startLossyProxy(mcp);
  const client = await connect(proxy.url, keys.agent);
  try {
    const { tools } = await client.listTools();
    proxy.loseNext((body) => body.includes('"tools/call"'));
    const call = { name: 'send_email', arguments: email };
    const failure = await client.callTool(call).then(
      () => 'it did not fail',
      (error: unknown) => (error as Error).message,
    );
    const again = await client.callTool(call);
    if (again.isError) throw new Error(`the second call failed: ${JSON.stringify(again.structuredContent)}`);
    const answer = again.structuredContent as Retried['answer'];
    return { tools: tools.length, failure, lostReplies: proxy.lost(), answer };
  } finally {
    await client.close();
    await proxy.close();
  }
}

async function connect(url: string, key: string): Promise<Client> {
  const client = new Client({ name: 'demo-agent', version: '1' });
  const headers = { Authorization: `Bearer ${key}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}
