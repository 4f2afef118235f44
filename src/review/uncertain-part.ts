/** @module What nobody knows about an email on its way: whether it went, and whether it came twice. */
import { html } from 'hono/html';
import type { AdmittedMessage } from '../service/schemas/message.js';
import { instant, said, visible, type Html } from './text.js';

type Attempt = AdmittedMessage['attempts'][number];

/** Nothing where all is certain. */
export function uncertainPart({ recipients, attempts }: AdmittedMessage): Html | string {
  const unknown = recipients.filter((one) => one.status === 'unknown');
  const twice = attempts.filter((one) => one.duplicatePossible);
  if (unknown.length === 0 && twice.length === 0) return '';
  const addressesOf = (indexes: readonly number[]): Html =>
    said(recipients.flatMap((one) => (indexes.includes(one.index) ? [one.address] : [])).join(', '));
  const isUnclear = ({ outcome, recipients: asked }: Attempt): boolean =>
    (outcome === null || outcome === 'unknown' || outcome === 'mixed') &&
    unknown.some((one) => asked.includes(one.index));
  const unclear = attempts.filter(isUnclear);
  return html`<section>
    <h2>What is not certain</h2>
    ${
      unknown.length === 0
        ? ''
        : html`<p>
            <span class="badge warn">may have been sent</span> Nobody knows whether it went to
            ${addressesOf(unknown.map((one) => one.index))}. Do not send it again by other means: a report or
            a look-up at the provider settles it, or a person who finds out and says so with
            <code>mailwarden resolve</code>.
          </p>`
    }
    ${twice.map(
      ({ provider, at, recipients: indexes }) =>
        html`<p>
          <span class="badge warn">may arrive twice</span> <code>${visible(provider)}</code> was given it on
          ${instant(at)} for ${addressesOf(indexes)}, while nobody knew whether an earlier try had sent it to
          some of them.
        </p>`,
    )}
    ${
      unclear.length === 0
        ? ''
        : html`<p class="soft">Tries without a clear answer:</p>
            <ul>
              ${unclear.map(tried)}
            </ul>`
    }
  </section>`;
}

const tried = ({ provider, at, attempt, try: nth }: Attempt): Html =>
  html`<li><code>${visible(provider)}</code>, ${instant(at)}, attempt ${attempt}, try ${nth}</li>`;
