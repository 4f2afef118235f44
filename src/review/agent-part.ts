/** @module What the agent said about its own email. It may be wrong, or meant to persuade: it is marked so. */
import { html } from 'hono/html';
import type { AdmittedMessage } from '../service/schemas/message.js';
import { row } from './email-part.js';
import { block, said, type Html } from './text.js';

export function agentPart({ reason, context, tags, metadata }: AdmittedMessage): Html | string {
  const hasContext = context !== null && context !== undefined;
  const facts = Object.entries(metadata);
  if (reason === null && !hasContext && tags.length === 0 && facts.length === 0) return '';
  return html`<section class="agent">
    <h2>In the sender's own words</h2>
    <p class="soft">Written by the agent that asks for this email, and checked by nobody. It is not sent.</p>
    ${
      reason === null
        ? ''
        : html`<h3>Its reason</h3>
            ${block(reason)}`
    }
    ${
      tags.length === 0 && facts.length === 0
        ? ''
        : html`<h3>Tags and metadata</h3>
            <dl>
              ${tags.length === 0 ? '' : row('tags', said(tags.join(', ')))}
              ${facts.map(([name, value]) => row(said(name), said(value)))}
            </dl>`
    }
    ${
      hasContext
        ? html`<h3>Its context</h3>
            <details>
              <summary>Show</summary>
              ${block(JSON.stringify(context, null, 2))}
            </details>`
        : ''
    }
  </section>`;
}
