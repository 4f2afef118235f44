/** @module The small pages: sign in, go on, and what went wrong. */
import { html } from 'hono/html';
import { framed, note, type Page } from './frame.js';
import { BASE } from './origin.js';
import { visible } from './text.js';

/** `next`: where to go afterwards. `refusal`: why the person is here again. */
export const signInPage =
  (next: string, refusal?: string): Page =>
  (frame) =>
    framed(
      'Sign in',
      html`<div class="narrow">
        <h1>Mailwarden review</h1>
        ${refusal === undefined ? '' : note(visible(refusal), 'bad')}
        <form class="card" method="post" action="${BASE}/session">
          <label for="key">API key of a reviewer</label>
          <input
            id="key"
            name="key"
            type="password"
            required
            maxlength="200"
            autocomplete="current-password"
            spellcheck="false"
            autofocus
          />
          <input type="hidden" name="next" value="${next}" />
          <button class="enter">Sign in</button>
        </form>
        <p class="soft">
          It takes a person's key with the scope approvals:decide. The session ends after 8 hours.
        </p>
      </div>`,
      frame,
    );

/** Asks the browser to come once more, now from a page of ours, so that it brings its cookie. */
export const goOnPage =
  (path: string): Page =>
  (frame) =>
    framed('Review', html`<p><a href="${path}">Continue to the review page</a></p>`, frame, path);

/** `title` is ours; `back`: a path of ours. */
export const refusalPage =
  (title: string, detail: string, back: string = BASE): Page =>
  (frame) =>
    framed(
      title,
      html`<h1>${title}</h1>
        ${note(visible(detail), 'bad')}
        <p><a href="${back}">${back === BASE ? 'To the queue' : 'To the email'}</a></p>`,
      frame,
    );
