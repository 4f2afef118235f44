/** @module The email as it would be sent: every field, every recipient, HTML as source only. */
import { html } from 'hono/html';
import type { Address } from '../core/email/address.js';
import type { AdmittedMessage } from '../service/schemas/message.js';
import { block, counted, extent, said, visible, type Html } from './text.js';

export function emailPart({ content, recipients }: AdmittedMessage): Html {
  const { from, replyTo, to, cc, bcc, subject, text, html: source, attachments, calendar } = content;
  return html`<section>
    <h2>The email, as it would be sent</h2>
    <dl>
      ${row('From', who(from))} ${people('To', to)} ${people('Cc', cc)} ${people('Bcc', bcc)}
      ${replyTo ? row('Reply-To', who(replyTo)) : ''}
      ${row('Subject', subject === '' ? '(no subject)' : said(subject))}
      ${content.inReplyTo === undefined ? '' : row('In-Reply-To', mono(content.inReplyTo))}
      ${row('Message-ID', mono(content.messageId))} ${row('Category', content.category)}
      ${Object.entries(content.headers).map(([name, value]) => row(said(name), said(value)))}
    </dl>
    <p class="soft">${counted(recipients.length, 'recipient')} in all.</p>
    ${
      text === undefined
        ? html`<h3>No text part</h3>`
        : html`<h3>Text · ${extent(text)}</h3>
            ${block(text)}`
    }
    ${
      source === undefined
        ? ''
        : html`<h3>HTML · ${extent(source)}</h3>
            <p class="soft">
              Readers with an HTML client see this part in place of the text. It is shown as source.
            </p>
            <details ${text === undefined ? 'open' : ''}>
              <summary>HTML source</summary>
              ${block(source)}
            </details>`
    }
    ${
      attachments.length === 0
        ? ''
        : html`<h3>${counted(attachments.length, 'attachment')}</h3>
            <ul>
              ${attachments.map(attachment)}
            </ul>`
    }
    ${
      calendar === undefined
        ? ''
        : html`<h3>Calendar · ${calendar.method} · ${extent(calendar.ics)}</h3>
            ${block(calendar.ics)}`
    }
  </section>`;
}

export const row = (name: string | Html, value: string | Html): Html =>
  html`<dt>${name}</dt>
    <dd>${value}</dd>`;

const mono = (text: string): Html => html`<span class="mono">${said(text)}</span>`;

/** The address first: a name says whatever its writer liked. */
const who = ({ address, name }: Address): Html => {
  const called = name === undefined ? '' : html`<span class="soft">${said(name)}</span>`;
  return html`<div>${mono(address)} ${called}</div>`;
};

const people = (field: string, list: readonly Address[]): Html | string =>
  list.length === 0
    ? ''
    : row(`${field}${list.length > 1 ? ` (${list.length})` : ''}`, html`${list.map(who)}`);

type Attachment = AdmittedMessage['content']['attachments'][number];

const attachment = ({ filename, contentType, contentId, size, sha256 }: Attachment): Html =>
  html`<li>
    <p>
      <strong>${said(filename)}</strong>
      <span class="soft">
        ${visible(contentType)} ·
        ${counted(size, 'byte')}${contentId === undefined ? '' : ` · cid ${visible(contentId)}`}
      </span>
    </p>
    <p class="soft">SHA-256 <code>${sha256}</code></p>
  </li>`;
