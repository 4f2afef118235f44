/**
 * @module Shows the person at the client the page on which they decide about an email that was just held, where the
 * client can open pages (URL elicitation). Whatever they answer is only about the page; the decision is made on it,
 * by whoever signs in there.
 */
import {
  inputRequired,
  inputResponse,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { sentSchema, type SendAnswer } from '../service/schemas/message.js';

/** What the person did with the question whether to open the page. */
export type Shown = 'accept' | 'decline' | 'cancel' | 'unanswered';

export const SHOWN_WORDS: Readonly<Record<Shown, string>> = {
  accept: 'The person was shown the page on which to decide; that is no decision yet.',
  decline: 'The person did not want to open the page now; that is no decision. Tell them where it is.',
  cancel:
    'The person closed the question without an answer; that is no decision. Tell them where the page is.',
  unanswered: 'The person was asked to open the page on which to decide.',
};

/** Under this name the question and its answer travel. */
const QUESTION = 'approvalPage';
const MESSAGE = 'An email waits for a person. Open the page to read it, and to approve or reject it there.';
/** The question stays open for this long; the tool's answer does not wait for it. */
const OPEN_MS = 10 * 60_000;

type Held = SendAnswer & { approvalUrl: string };

export const isHeld = (output: Record<string, unknown>): output is Held =>
  output['status'] === 'held' && typeof output['approvalUrl'] === 'string';

export const opensPages = (server: McpServer): boolean =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- before 2026-07-28 nothing else says it
  server.server.getClientCapabilities()?.elicitation?.url !== undefined;

/**
 * Since 2026-07-28 a tool asks by answering, and the client calls it again. What was answered travels with the
 * question, so that the second call sends nothing, however late it comes. It is the client's own answer that
 * comes back: who forges it deceives nobody else.
 */
export const askByAnswering = ({ id, status, digest, revision, approvalUrl }: Held): InputRequiredResult =>
  inputRequired({
    inputRequests: { [QUESTION]: inputRequired.elicitUrl({ message: MESSAGE, url: approvalUrl }) },
    requestState: JSON.stringify({ id, status, digest, revision, approvalUrl }),
  });

/** The second call after `askByAnswering`, or null where this is none. */
export function secondCall(ctx: ServerContext): { output: SendAnswer; shown: Shown } | null {
  const state = z.string().max(10_000).safeParse(ctx.mcpReq.requestState());
  if (!state.success) return null;
  const output = sentSchema.safeParse(fromJson(state.data));
  if (!output.success) return null;
  const answer = inputResponse(ctx.mcpReq.inputResponses, QUESTION);
  return { output: output.data, shown: answer.kind === 'elicit' ? answer.action : 'unanswered' };
}

/** Before that, a server asks while the call is under way. Waits `patience` milliseconds, never longer. */
export async function askMeanwhile(
  ctx: ServerContext,
  { approvalUrl }: Held,
  { patience, randomId }: { patience: number; randomId: () => string },
): Promise<Shown> {
  const params = { mode: 'url', message: MESSAGE, url: approvalUrl, elicitationId: randomId() };
  const asked = ctx.mcpReq
    .send({ method: 'elicitation/create', params }, { timeout: OPEN_MS })
    // A client that fails at it, or went away, has not answered; the email is held all the same.
    .then(
      ({ action }): Shown => action,
      (): Shown => 'unanswered',
    );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Shown>((resolve) => {
    timer = setTimeout(() => {
      resolve('unanswered');
    }, patience);
  });
  return await Promise.race([asked, late]).finally(() => {
    clearTimeout(timer);
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
