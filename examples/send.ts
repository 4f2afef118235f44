import { createClient } from 'mailwarden/client';

const mail = createClient({ url: 'http://127.0.0.1:8025', apiKey: process.env['MAILWARDEN_API_KEY'] ?? '' });
const { id, status } = await mail.messages.send({
  mailbox: 'agent@localhost.test',
  to: 'ann@example.com',
  subject: 'Your order has shipped',
  text: 'It should be there on Thursday.',
  dedupeKey: 'order-4711-shipped',
});
console.log(id, status); // queued, held for a person, scheduled …; what policy denies is an error that says why
