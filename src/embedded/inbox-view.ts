/**
 * @module How the capture inbox looks. Everything that came by mail is a stranger's: it is escaped by
 * hono/html, what can't be seen is written out, HTML bodies are shown as source only, and no script runs on these pages.
 */
import { html } from 'hono/html';
import type { CapturedMail } from './captured-mail.js';
import { block, said, visible, type Html } from '../review/text.js';
import { CHOICES } from './inbox-report.js';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8889; --accent: #2f6fde }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; font: 16px/1.5 system-ui, sans-serif }
a { color: inherit } a:hover { color: var(--accent) }
header { display: flex; align-items: baseline; gap: .75rem; margin-bottom: 1.5rem }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere }
.soft { opacity: .65; font-size: .875rem }
ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line) }
li { border-bottom: 1px solid var(--line) }
li a { display: grid; grid-template-columns: minmax(0, 14rem) minmax(0, 1fr) auto; gap: 1rem; padding: .7rem .25rem; text-decoration: none }
li span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; margin: 0 0 1.5rem }
dt { opacity: .65 } dd { margin: 0; overflow-wrap: anywhere }
pre { background: #8881; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace }
form { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: .5rem 0 }
button { font: inherit; font-size: .875rem; padding: .3rem .7rem; border: 1px solid var(--soft); border-radius: .4rem; background: none; color: inherit; cursor: pointer }
button:hover { border-color: var(--accent); color: var(--accent) }
.note { border-left: 3px solid var(--accent); padding: .4rem .8rem; margin: 0 0 1.5rem; background: #8881 }
summary { cursor: pointer; margin: 1rem 0 .5rem }
@media (max-width: 40rem) { li a { grid-template-columns: 1fr; gap: 0 } }
`;

export function listPage(mails: readonly CapturedMail[], base: string, nonce: string): Html {
  const items = mails.map(
    (mail) =>
      html` <li>
        <a href="${base}/${mail.id}">
          <span>${addresses(mail)}</span>
          <span>${subject(mail)}</span>
          <span class="soft">${time(mail.at)}</span>
        </a>
      </li>`,
  );
  const body =
    mails.length === 0
      ? html`<p class="soft">Nothing has arrived yet. Reload this page after a send.</p>`
      : html`<ol>
          ${items}
        </ol>`;
  return page(
    'Capture inbox',
    html`<header>
        <h1>Capture inbox</h1>
        <span class="soft">mail stays here; nothing is delivered</span>
      </header>
      ${body}`,
    nonce,
  );
}

/** `note`: what came of a report, already one of our own sentences. */
export function mailPage(mail: CapturedMail, base: string, nonce: string, note: string | null): Html {
  return page(
    visible(mail.subject || NO_SUBJECT),
    html`<header>
        <h1><a href="${base}">Capture inbox</a></h1>
      </header>
      ${note === null ? '' : html`<p class="note" role="status">${note}</p>`}
      <h2>${subject(mail)}</h2>
      <dl>
        <dt>From</dt>
        <dd>${said(mail.from || '(null sender)')}</dd>
        <dt>To</dt>
        <dd>${addresses(mail)}</dd>
        <dt>Arrived</dt>
        <dd>${time(mail.at)}</dd>
        <dt>Message</dt>
        <dd>${said(mail.mailwardenId ?? (mail.messageId || '(no id)'))}</dd>
      </dl>
      ${mail.text === null ? html`<p class="soft">There is no text part; see the source.</p>` : block(mail.text)}
      ${mail.to.map((recipient) => reportForm(mail, recipient, base))}
      <details>
        <summary>Source</summary>
        ${block(mail.raw)}
      </details>`,
    nonce,
  );
}

export function plainPage(title: string, base: string, nonce: string): Html {
  return page(
    title,
    html`<header>
        <h1><a href="${base}">Capture inbox</a></h1>
      </header>
      <p class="note" role="alert">${title}</p>`,
    nonce,
  );
}

/** A form carries one choice per button: the name of a button is sent only where it was pressed. */
function reportForm(mail: CapturedMail, recipient: string, base: string): Html {
  const buttons = CHOICES.map(
    ({ label }, index) => html`<button name="choice" value="${index}">Report ${label}</button>`,
  );
  return html` <form method="post" action="${base}/${mail.id}/reports">
    <input type="hidden" name="recipient" value="${recipient}" />
    ${mail.to.length > 1 ? html`<span class="soft">${said(recipient)}</span>` : ''} ${buttons}
  </form>`;
}

const NO_SUBJECT = '(no subject)';
const subject = (mail: CapturedMail): Html => said(mail.subject || NO_SUBJECT);
const addresses = (mail: CapturedMail): Html => said(mail.to.join(', '));

function page(title: string, body: Html, nonce: string): Html {
  // The style is ours and holds nothing that came by mail; hono/html would escape its quotes.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style nonce="${nonce}">
          ${html([STYLE] as unknown as TemplateStringsArray)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

function time(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}
