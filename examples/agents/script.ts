/**
 * @module What the agents of these examples do, so that they run without a model and always the same: write to a
 * customer, hear that the email waits for a person, wait for it, and tell how it stands.
 */

/** What a tool answered. */
type Result =
  | { success: true; id: string; status: string }
  | { success: false; error: { message: string; nextStep: string } };

export type Move = { tool: string; input: Record<string, unknown> } | { say: string };

/** The next move, from what the tools have answered so far. */
export function nextMove(answers: readonly unknown[]): Move {
  const [sent, read] = answers as [Result?, Result?];
  if (!sent)
    return {
      tool: 'send_email',
      input: {
        to: 'ann@example.com',
        subject: 'Your order has shipped',
        text: 'Dear Ann, your order 4711 should be there on Thursday.',
        reason: 'Order 4711 has left the warehouse.',
      },
    };
  if (!sent.success) return { say: `I could not write to Ann: ${sent.error.message}` };
  if (!read) return { tool: 'read_email', input: { id: sent.id, wait: 60 } };
  const now = read.success ? read.status : sent.status;
  return { say: `My email to Ann was ${sent.status} at first and is ${now} now.` };
}
