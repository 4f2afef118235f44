/**
 * @module What a bundle made with MailwardenPlugin exports: the user's workflows, and beside them ours. The plugin
 * fills in the names in capitals and the path of the user's workflows (src/plugin-bundle.ts). CommonJS, because what
 * a user exports is known only here. Sandbox-safe.
 */
const user = require('__mailwarden_user_workflows');
const { sendEmail } = require('./index.js');

const OWN = 'mailwarden.sendEmail';
if (OWN in user && user[OWN] !== sendEmail)
  throw new Error(`${OWN} is a workflow of Mailwarden: give yours another name`);

// Emails of another task queue are another worker's work: here they would find no activities.
const ours = __MAILWARDEN_TASK_QUEUE__ === '' ? { sendEmail, [OWN]: sendEmail } : {};

// By this text a worker sees that its bundle was made with the plugin, and for which task queue.
module.exports = Object.defineProperty({ ...ours, ...user }, '__mailwarden', { value: __MAILWARDEN_MARK__ });
