/** @module The operations as MCP tools: those that the key may call, and no other. */
import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server';
import { OPERATIONS, type Operation } from '../service/operations.js';
import { hintsOf, type Tool } from '../tools/toolset.js';
import {
  askByAnswering,
  askMeanwhile,
  isHeld,
  opensPages,
  secondCall,
  SHOWN_WORDS,
} from './approval-page.js';
import type { Answer, Identity, Port } from './port.js';
import { toolResult } from './result.js';
import type { ToolSchemas } from './schema.js';

export interface ToolDeps {
  port: Port;
  identity: Identity | null;
  /** `modern`: the protocol since 2026-07-28, in which a tool asks by answering. */
  era: 'legacy' | 'modern';
  schemas: (tool: Tool, fixedMailbox: boolean) => ToolSchemas;
  /** Milliseconds that a held email's answer may wait for the person at the client. */
  patience: number;
  randomId: () => string;
}

export function addTools(server: McpServer, tools: readonly Tool[], deps: ToolDeps): void {
  for (const tool of tools) {
    if (!mayCall(OPERATIONS[tool.operation], deps.identity)) continue;
    const { input, output } = deps.schemas(tool, deps.identity?.hasOneMailbox ?? false);
    server.registerTool(
      tool.tool,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: input,
        outputSchema: output,
        annotations: hintsOf(tool),
      },
      (given, ctx) => call(server, tool, given, ctx, deps),
    );
  }
}

/** Whether the key may call it at all; the service looks again at every call. */
export function mayCall({ scopes, problems }: Operation, identity: Identity | null): boolean {
  if (identity === null) return true;
  if (problems.includes('person_required') && !identity.isPerson) return false;
  return scopes.length === 0 || scopes.some((scope) => identity.scopes.includes(scope));
}

async function call(
  server: McpServer,
  { operation }: Tool,
  input: Record<string, unknown>,
  ctx: ServerContext,
  deps: ToolDeps,
): Promise<CallToolResult | InputRequiredResult> {
  const second = secondCall(ctx);
  if (second) return toolResult(await asItIsNow(second.output, deps), SHOWN_WORDS[second.shown]);
  const answer = await deps.port.call(operation, input, ctx.mcpReq.signal);
  const isNews = OPERATIONS[operation].method !== 'GET';
  if (!isNews || !answer.output || !isHeld(answer.output) || !opensPages(server)) return toolResult(answer);
  if (deps.era === 'modern') return askByAnswering(answer.output);
  return toolResult(answer, SHOWN_WORDS[await askMeanwhile(ctx, answer.output, deps)]);
}

/** The same answer with the status of now, where the key may read it: the person may have decided meanwhile. */
async function asItIsNow(before: Record<string, unknown>, { port }: ToolDeps): Promise<Answer> {
  const { output } = await port.call('messages.get', { id: before['id'] });
  if (output?.['status'] === undefined || output['status'] === before['status']) return { output: before };
  const { approvalUrl: _, ...rest } = before;
  const { status, digest, revision } = output;
  return { output: { ...rest, status, ...(digest !== undefined && { digest, revision }) } };
}
