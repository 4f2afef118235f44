/** @module The list of what waits for a person. */
import { html } from 'hono/html';
import { framed, note, type Page } from './frame.js';
import { BASE, pathOf, POLICY_BASE } from './origin.js';
import type { Queue, QueueRow } from './queue.js';
import { counted, distance, instant, said, type Html } from './text.js';

export const queuePage =
  (queue: Queue, now: Date): Page =>
  (frame) =>
    framed(
      'Queue',
      html`<h1>
          ${queue.total === 0 ? 'Nothing waits for you' : `${counted(queue.total, 'email')} to review`}
        </h1>
        ${queue.cut ? note('There are more than these: the list is cut, and older ones are not in it.', 'bad') : ''}
        <section class="queue">
          ${
            queue.total === 0
              ? html`<p class="soft">Reload this page later. Held emails appear here, the oldest first.</p>`
              : html`<ol>
                  ${queue.rows.map((row) => item(row, now))}
                </ol>`
          }
        </section>
        ${queue.pages > 1 ? turn(queue) : ''}
        <p><a href="${POLICY_BASE}">To the policy changes</a></p>`,
      frame,
    );

function item({ id, mailbox, subject, revision, createdAt, waitingFor, more }: QueueRow, now: Date): Html {
  const until = waitingFor?.until;
  return html`<li>
    <a href="${pathOf(id)}">
      <b>${subject === '' ? '(no subject)' : said(subject)}</b>
      <span class="soft">${until === undefined ? '' : html`decide ${distance(until, now)}`}</span>
      <span class="soft">
        from ${said(more?.from ?? mailbox)}
        ${more === undefined ? '' : ` · ${counted(more.recipients, 'recipient')}`}
        ${more === undefined || more.reasons.length === 0 ? '' : html` · <code>${more.reasons.join(', ')}</code>`}
        ${revision > 1 ? ` · revision ${revision}` : ''}
      </span>
      <span class="soft">${instant(createdAt)}</span>
    </a>
  </li>`;
}

const turn = ({ page, pages }: Queue): Html =>
  html`<nav>
    <span>${page > 1 ? html`<a href="${BASE}?page=${page - 1}">Older</a>` : ''}</span>
    <span class="soft">page ${page} of ${pages}</span>
    <span>${page < pages ? html`<a href="${BASE}?page=${page + 1}">Newer</a>` : ''}</span>
  </nav>`;
