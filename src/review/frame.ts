/** @module What every page has around it: head, style, and who is signed in. */
import { html, raw } from 'hono/html';
import type { Mode } from '../core/email/id.js';
import { BASE } from './origin.js';
import { STYLE } from './style.js';
import { visible, type Html } from './text.js';

export interface Frame {
  /** Of this answer's Content-Security-Policy. */
  nonce: string;
  /** Absent: nobody is signed in. */
  visitor?: { principal: string; mode: Mode; csrf: string } | undefined;
}

/** A page still lacks its frame, because only the answer knows the nonce. */
export type Page = (frame: Frame) => Html;

/** `next`: a path of ours to go on to at once. */
export function framed(title: string, body: Html, { nonce, visitor }: Frame, next?: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${next === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${next}" />`}
        <title>${visible(title)} · Mailwarden</title>
        <style nonce="${nonce}">
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        ${visitor === undefined ? '' : bar(visitor)}
        <main>${body}</main>
      </body>
    </html>`;
}

const bar = ({ principal, mode, csrf }: NonNullable<Frame['visitor']>): Html =>
  html`<header class="bar">
    <strong><a href="${BASE}">Mailwarden review</a></strong>
    ${mode === 'test' ? html`<span class="badge warn">test mode</span>` : ''}
    <form method="post" action="${BASE}/sign-out" autocomplete="off">
      <span class="soft">${visible(principal)}</span>
      <input type="hidden" name="csrf" value="${csrf}" />
      <button class="quiet">Sign out</button>
    </form>
  </header>`;

/** `kind`: how it ended for the reader. The text is one of our own sentences, or made visible. */
export const note = (text: string | Html, kind: 'good' | 'bad' | '' = ''): Html =>
  html`<div class="note ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</div>`;
