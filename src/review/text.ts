/**
 * @module How text that others wrote is shown: every character that a reader would not see, or that moves
 * others about, stands there by its number. Escaping is left to hono/html.
 */
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/**
 * Controls but tab and line feed, format characters (bidi overrides, tags, zero width) and line
 * separators. Joiners and emoji selectors stay: whole languages need them, and they hide nothing.
 */
const UNSEEN =
  /(?![\t\n\u200C\u200D\uFE0E\uFE0F])([\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029])\1*/gu;

export function visible(text: string): string {
  return text.replace(/\r\n/gu, '\n').replace(UNSEEN, (run: string, one: string) => {
    const code = (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const times = run.length / one.length;
    return `⟦U+${code}${times > 1 ? ` ×${times}` : ''}⟧`;
  });
}

/** A line of theirs: kept apart from what stands around it, whatever direction it runs. */
export const said = (text: string): Html => html`<bdi>${visible(text)}</bdi>`;

/** Text as it is, all of it. A browser drops the first line feed of a pre, so it gets one of its own. */
export const block = (text: string): Html => html`<pre dir="auto">${'\n'}${visible(text)}</pre>`;

/** How much there is to read, so that nothing hides below a long gap. */
export function extent(text: string): string {
  const lines = text.split(/\r\n|\r|\n/u).length;
  return `${counted(Array.from(text).length, 'character')}, ${counted(lines, 'line')}`;
}

export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** `2026-01-31 09:00 UTC`. */
export const instant = (at: string): Html =>
  html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 16)} UTC</time>`;

/** `in 3 h 20 min`, `5 min ago`. */
export function distance(at: string, now: Date): string {
  const milliseconds = Date.parse(at) - now.getTime();
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const parts = [
    [Math.floor(minutes / 1_440), 'd'],
    [Math.floor((minutes % 1_440) / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return milliseconds >= 0 ? 'in less than a minute' : 'just now';
  const said = parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
  return milliseconds >= 0 ? `in ${said}` : `${said} ago`;
}
