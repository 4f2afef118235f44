/** @module The end of the feedback window; reports that come later are applied all the same. */
import { lose } from './attempts.js';
import { isOpen, lockEmail, saveEmail } from './email.js';
import type { StoredView } from './store.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

/** Closes where nothing is left to be sent or decided; otherwise it only reads. */
export async function close(work: Work, id: string): Promise<StoredView> {
  const { now, settings, note } = work;
  const email = await lockEmail(work, id);
  const { message, recipients } = email;
  if (message.closed_at === null && message.status !== 'held' && !recipients.some(isOpen)) {
    lose(work, email, recipients);
    message.closed_at = now;
    await saveEmail(work, email);
    note({
      ...{ org: message.org, message: id, type: 'message.closed', by: 'store' },
      data: { status: message.status },
    });
  }
  return viewOf(email, settings, now);
}
