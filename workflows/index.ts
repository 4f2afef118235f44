/**
 * @module The workflows, and all that a user's own workflows may import: nothing here reaches Node, the
 * network or the clock.
 */
export { sendEmail } from './send-email.js';
export { sendEmail as 'mailwarden.sendEmail' } from './send-email.js';
export * from './messages.js';
export type { SendOptions, SendRequest } from './request.js';
export type { Outcome } from '../src/core/email/view.js';
