/** @module What policy found, the failed checks first, with their evidence. */
import { html } from 'hono/html';
import type { ShownVerdict } from '../service/schemas/message.js';
import { instant, said, visible, type Html } from './text.js';

type Check = ShownVerdict['checks'][number];

const ORDER: readonly Check['status'][] = ['failed', 'warned', 'passed', 'skipped'];
const TONE = { failed: 'bad', warned: 'warn', passed: 'good', skipped: '' } as const;

export function checksPart({ outcome, checks, policyVersion }: ShownVerdict): Html {
  const sorted = ORDER.flatMap((status) => checks.filter((check) => check.status === status));
  return html`<section>
    <h2>What policy found: ${outcome}</h2>
    <ul class="checks">
      ${sorted.map(item)}
    </ul>
    <p class="soft">Policy <code>${visible(policyVersion)}</code></p>
  </section>`;
}

const item = (check: Check): Html =>
  html`<li>
    <span><span class="badge ${TONE[check.status]}">${check.status}</span></span>
    <div>
      <code>${visible(check.rule)}</code>
      ${check.effect === undefined ? '' : html` <span class="soft">asks for ${check.effect}</span>`}
      ${check.accepted ? html` <span class="badge good">accepted by a person</span>` : ''}
      ${check.until === undefined ? '' : html` <span class="soft">until ${instant(check.until)}</span>`}
      ${evidence(check.evidence ?? {}).map(
        ([name, value]) => html`<div class="soft">${visible(name)}: <strong>${said(value)}</strong></div>`,
      )}
    </div>
  </li>`;

/** Addresses stand in the place of the indexes that they explain. */
function evidence(found: NonNullable<Check['evidence']>): [string, string][] {
  const { recipients, addresses, ...rest } = found;
  const concerned = addresses ?? recipients;
  return Object.entries({ ...rest, ...(concerned !== undefined && { recipients: concerned }) }).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)],
  );
}
