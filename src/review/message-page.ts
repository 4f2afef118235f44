/** @module One email on a page: state, what is not certain of it, content, what policy found, what the agent says, the decision. */
import { html } from 'hono/html';
import type { AdmittedMessage, PendingMessage } from '../service/schemas/message.js';
import { agentPart } from './agent-part.js';
import { checksPart } from './checks-part.js';
import { commandsPart, decided, decisionForm, decisionsPart } from './decision-part.js';
import { emailPart, row } from './email-part.js';
import { framed, note, type Page } from './frame.js';
import { distance, instant, said, visible, type Html } from './text.js';
import { uncertainPart } from './uncertain-part.js';

export interface MessageView {
  email: AdmittedMessage;
  now: Date;
  /** The principal who looks. */
  me: string;
  /** Ready to paste; none where nothing is to be decided. */
  commands: readonly string[];
  /** Why a decision was not taken. */
  refusal?: string;
}

const TONE: Readonly<Record<string, string>> = {
  ...{ held: 'warn', unknown: 'warn', sent: 'good', delivered: 'good' },
  ...{ denied: 'bad', rejected: 'bad', failed: 'bad', bounced: 'bad', complained: 'bad', expired: 'bad' },
};

export const messagePage =
  (view: MessageView): Page =>
  (frame) => {
    const { email, now, me, commands } = view;
    const isHeld = email.status === 'held';
    const until = email.waitingFor?.until;
    const canApprove = until === undefined || Date.parse(until) > now.getTime();
    return framed(
      email.subject || '(no subject)',
      html`<h1>${email.subject === '' ? '(no subject)' : said(email.subject)}</h1>
        ${outcome(view)} ${state(view)} ${uncertainPart(email)} ${emailPart(email)}
        ${checksPart(email.verdict)} ${agentPart(email)} ${decisionsPart(email.decisions, me)}
        ${isHeld && frame.visitor ? decisionForm(email, frame.visitor.csrf, canApprove) : ''}
        ${isHeld ? commandsPart(commands) : ''}`,
      frame,
    );
  };

/** What came of a decision, told from what is stored, never from the address of the page. */
function outcome({ email, me, refusal }: MessageView): Html | string {
  const last = email.decisions.at(-1);
  const won = last && last.revision === email.revision ? decided(last, me) : '';
  if (refusal !== undefined)
    return note(
      html`<strong>Your decision was not taken: ${visible(refusal)}.</strong>
        <div>${won}</div>`,
      'bad',
    );
  if (!last || won === '' || email.status === 'held') return '';
  return note(won, last.action === 'approve' ? 'good' : 'bad');
}

function state({ email, now }: MessageView): Html {
  const { id, status, waitingFor, revision, digest, principal, createdAt, sendAt, expiresAt } = email;
  return html`<section>
    <p>
      <span class="badge ${TONE[status] ?? ''}">${status}</span>
      ${
        waitingFor === null
          ? ''
          : html`<span class="soft">
              waits for
              ${waitingFor.reason.replace(/_/gu, ' ')}${
                waitingFor.until === undefined
                  ? ''
                  : html` until ${instant(waitingFor.until)} (${distance(waitingFor.until, now)})`
              }
            </span>`
      }
    </p>
    <dl>
      ${row('Asked for', html`${instant(createdAt)} by ${said(principal)}`)}
      ${sendAt === null ? '' : row('To be sent', instant(sendAt))}
      ${expiresAt === null ? '' : row('Not after', instant(expiresAt))} ${row('Revision', String(revision))}
      ${row('Digest', html`<code>${digest}</code>`)} ${row('Id', html`<code>${visible(id)}</code>`)}
    </dl>
  </section>`;
}

/** Accepted, but not yet in the store; or ended before it was. */
export const pendingPage =
  ({ id, status, problem }: PendingMessage): Page =>
  (frame) =>
    framed(
      'Email',
      html`<h1>${status === 'queued' ? 'Accepted, not yet taken up' : `This email is ${status}`}</h1>
        <section>
          <p><span class="badge ${TONE[status] ?? ''}">${status}</span> <code>${visible(id)}</code></p>
          ${status === 'queued' ? html`<p>No worker has taken it up yet. Reload this page in a few seconds.</p>` : ''}
          ${problem === undefined ? '' : html`<p>It was not a valid request: <code>${visible(problem.code)}</code></p>`}
        </section>`,
      frame,
    );
