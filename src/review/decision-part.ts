/** @module The buttons, the commands that do the same from a shell, and what was decided so far. */
import { html } from 'hono/html';
import type { AdmittedMessage } from '../service/schemas/message.js';
import { pathOf } from './origin.js';
import { instant, said, visible, type Html } from './text.js';

type Decision = AdmittedMessage['decisions'][number];

/** `canApprove` is false once the deadline is over: no late answer turns into a yes. */
export const decisionForm = ({ id, digest }: AdmittedMessage, csrf: string, canApprove: boolean): Html =>
  html`<section>
    <h2>Your decision</h2>
    ${canApprove ? '' : html`<p>The deadline has passed: this email can no longer be approved.</p>`}
    <form method="post" action="${pathOf(id)}/decision" autocomplete="off">
      <input type="hidden" name="csrf" value="${csrf}" />
      <input type="hidden" name="digest" value="${digest}" />
      <label for="comment">Comment, for the record and the sender (optional)</label>
      <textarea id="comment" name="comment" maxlength="1000"></textarea>
      <div class="actions">
        ${canApprove ? html`<button class="approve" name="action" value="approve">Approve and send</button>` : ''}
        <button class="reject" name="action" value="reject">Reject</button>
      </div>
    </form>
  </section>`;

/** From `approvals.token`: whoever has such a command decides in this person's name. */
export const commandsPart = (commands: readonly string[]): Html | string =>
  commands.length === 0
    ? ''
    : html`<section>
        <details>
          <summary>Decide with the Temporal CLI instead</summary>
          <p class="soft">
            Each of these decides in your name, once, on exactly this email. Keep them to yourself.
          </p>
          ${commands.map(
            (command) =>
              html`<p></p>
                <pre>${command}</pre>`,
          )}
        </details>
      </section>`;

export const decisionsPart = (decisions: readonly Decision[], me: string): Html | string =>
  decisions.length === 0
    ? ''
    : html`<section>
        <h2>Decisions so far</h2>
        <ul>
          ${decisions.map((one) => html`<li>${decided(one, me)}</li>`)}
        </ul>
      </section>`;

const DONE: Readonly<Record<string, string>> = {
  approve: 'Approved',
  reject: 'Rejected',
  cancel: 'Canceled',
  expire: 'Expired',
};

/** Who said what. A signal without a signature names whom it likes, so its name is marked. */
export function decided({ action, by, via, at, comment, revision }: Decision, me: string): Html {
  const proven = via === 'door' || via === 'signed';
  const name = proven && by === me ? 'you' : said(by);
  const doubt = via === 'signal' ? ' (the name as the signal gave it)' : '';
  const who = action === 'expire' ? 'because the deadline passed' : html`by <strong>${name}</strong>${doubt}`;
  const words = comment === null ? '' : html`<div class="soft">“${said(comment)}”</div>`;
  return html`${DONE[action] ?? visible(action)} ${who}, revision ${revision}, ${instant(at)} ${words}`;
}
