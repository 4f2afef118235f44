/**
 * @module The current details of a workflow as a person reads them in the Temporal UI: ids, codes and
 * counts, and how to decide. Never an address or a text of the email. Sandbox-safe.
 */
import type { ApprovalHelp } from '../activities/interface.js';
import { decidingChecks } from '../src/core/policy/verdict.js';
import type { View } from '../src/core/email/view.js';

/** Markdown. */
export function describe(view: View, approval: ApprovalHelp): string {
  const lines = [
    `**${view.status}** · revision ${view.revision} · ${view.recipients.length} recipient(s)`,
    `digest \`${view.digest}\``,
  ];
  if (view.waitingFor)
    lines.push(
      `waiting for ${view.waitingFor.reason}${view.waitingFor.until ? ` until ${view.waitingFor.until}` : ''}`,
    );
  if (view.status === 'held') lines.push(...howToDecide(view, approval));
  if (view.status === 'denied' && view.verdict) lines.push(`denied by ${rules(view)}`);
  return lines.join('\n\n');
}

function howToDecide(view: View, { signals, reviewUrl }: ApprovalHelp): string[] {
  const argument = (more: object): string =>
    JSON.stringify({ by: 'YOUR-NAME', digest: view.digest, ...more }).replace(/'/gu, '');
  // An id that a direct starter chose could end the quotes of a command that somebody is told to paste.
  if (!/^[\w.:-]+$/u.test(view.id)) return [`held by ${rules(view)}`];
  const command = (name: string, more: object): string =>
    `\`\`\`\ntemporal workflow signal --workflow-id '${view.id}' --name ${name} --input '${argument(more)}'\n\`\`\``;
  const lines = [`held by ${rules(view)}`];
  if (reviewUrl !== undefined) lines.push(`Review: ${reviewUrl}`);
  if (signals === 'any') lines.push('Approve or reject:', command('approve', {}), command('reject', {}));
  if (signals === 'signed')
    lines.push(
      `Approve with a token that \`mailwarden approvals token ${view.id}\` prints:`,
      command('approve', { token: 'TOKEN' }),
    );
  return lines;
}

function rules(view: View): string {
  return view.verdict
    ? decidingChecks(view.verdict)
        .map((check) => check.rule)
        .join(', ')
    : 'policy';
}
