/** @module The pages of policy changes: what waits for a person, and one of them with what it would loosen. */
import { html } from 'hono/html';
import type { OutputOf } from '../service/operations.js';
import { framed, note, type Page } from './frame.js';
import { BASE, POLICY_BASE, policyPathOf } from './origin.js';
import { block, counted, instant, said, visible, type Html } from './text.js';

type Listed = OutputOf<'policyChanges.list'>;
type Change = OutputOf<'policyChanges.get'>;

export const policyChangesPage =
  ({ items, cursor }: Listed): Page =>
  (frame) =>
    framed(
      'Policy changes',
      html`<h1>
          ${items.length === 0 ? 'No change of a policy waits' : `${counted(items.length, 'policy change')} to decide on`}
        </h1>
        ${cursor === null ? '' : note('There are more than these: older ones are not in the list.', 'bad')}
        <section class="queue">
          <ol>
            ${items.map(item)}
          </ol>
        </section>
        <p><a href="${BASE}">To the queue</a></p>`,
      frame,
    );

const item = ({ id, mailbox, loosens, by, createdAt }: Listed['items'][number]): Html =>
  html`<li>
    <a href="${policyPathOf(id)}">
      <b>${loosens.join(', ')}</b>
      <span class="soft">of ${said(mailbox)}, asked for by ${said(by)}</span>
      <span class="soft">${instant(createdAt)}</span>
    </a>
  </li>`;

export interface ChangeView {
  change: Change;
  /** The principal who looks at it. */
  me: string;
  mayDecide: boolean;
  refusal?: string;
}

const STATUS: Readonly<Record<Change['status'], string>> = {
  pending: 'A policy is to be loosened',
  approved: 'Approved',
  rejected: 'Rejected',
  stale: 'Out of date',
};

export const policyChangePage =
  ({ change, me, mayDecide, refusal }: ChangeView): Page =>
  (frame) =>
    framed(
      'Policy change',
      html`<h1>${STATUS[change.status]}</h1>
        ${refusal === undefined ? '' : note(visible(refusal), 'bad')} ${aboutPart(change)}
        ${changesPart(change)} ${decisionPart(change, me)}
        ${change.status === 'pending' ? formPart(change, { me, mayDecide, csrf: frame.visitor?.csrf ?? '' }) : ''}
        <p><a href="${POLICY_BASE}">To the policy changes</a></p>`,
      frame,
    );

const aboutPart = ({ mailbox, by, why, createdAt, loosens }: Change): Html =>
  html`<section>
    <p>
      ${said(by)} asked for it, ${instant(createdAt)}, for the mailbox <code>${visible(mailbox)}</code>. It
      loosens: <code>${loosens.join(', ')}</code>.
    </p>
    ${
      why === null
        ? ''
        : html`<h2>Why, in their words</h2>
            ${block(why)}`
    }
  </section>`;

/** Everything that it would change, the loosenings first. */
function changesPart({ changes, document, status }: Change): Html {
  const all = html`<details>
    <summary>All that the mailbox would say itself</summary>
    ${block(JSON.stringify(document, null, 2))}
  </details>`;
  if (changes === null)
    return html`<section>
      ${status === 'pending' ? note('The policy has changed since this was asked for: it can no longer be approved.', 'bad') : ''}
      ${all}
    </section>`;
  const sorted = [...changes].sort((a, b) => Number(b.loosens) - Number(a.loosens));
  return html`<section>
    <h2>What it changes</h2>
    <ul class="checks">
      ${sorted.map(
        ({ field, before, after, loosens }) =>
          html`<li>
            <span
              ><span class="badge ${loosens ? 'bad' : ''}">${loosens ? 'loosens' : 'stricter'}</span></span
            >
            <div>
              <code>${visible(field)}</code>
              <div class="soft">before ${said(text(before))}</div>
              <div>after ${said(text(after))}</div>
            </div>
          </li>`,
      )}
    </ul>
    ${all}
  </section>`;
}

const text = (value: unknown): string => (value === null ? 'not set' : JSON.stringify(value));

const decisionPart = ({ decidedBy, decidedAt, comment }: Change, me: string): Html | string =>
  decidedBy === null || decidedAt === null
    ? ''
    : html`<section>
        <p>Decided by ${decidedBy === me ? 'you' : said(decidedBy)}, ${instant(decidedAt)}.</p>
        ${comment === null ? '' : block(comment)}
      </section>`;

function formPart(
  { id, by, changes }: Change,
  { me, mayDecide, csrf }: { me: string; mayDecide: boolean; csrf: string },
): Html {
  if (!mayDecide) return note('Your key lacks the scope policy:admin: another person decides.');
  if (by === me) return note('You asked for this: another person decides.');
  return html`<section>
    <h2>Your decision</h2>
    <form method="post" action="${policyPathOf(id)}/decision" autocomplete="off">
      <input type="hidden" name="csrf" value="${csrf}" />
      <label for="comment">Comment, for the record and who asked (optional)</label>
      <textarea id="comment" name="comment" maxlength="1000"></textarea>
      <div class="actions">
        ${changes === null ? '' : html`<button class="approve" name="action" value="approve">Approve: it holds at once</button>`}
        <button class="reject" name="action" value="reject">Reject</button>
      </div>
    </form>
  </section>`;
}
