/** @module A person who waits until an email is held, and approves it. */
import { sleep } from './chance.js';
import type { Client } from './client.js';
import type { House } from './house.js';

interface Options {
  client: Client;
  house: Pick<House, 'reviewerKey'>;
  until: () => number;
  onRepeat: () => void;
  /** Told of an answer that no outage explains. */
  onStrange: (what: string) => void;
}

/** True once a decision was taken; false where the time was up, or there was nothing to decide any more. */
export async function approve(id: string, options: Options): Promise<boolean> {
  const { client, house, until, onStrange } = options;
  while (Date.now() < until()) {
    const found = await client.ask(() => client.get(house.reviewerKey, `/v1/messages/${id}`), options);
    if (found === null) return false;
    if (found.status !== 200) onStrange(`get ${found.status} ${found.text}`);
    const { status, digest } = found.body;
    if (found.status !== 200 || (status !== 'queued' && status !== 'held')) return false;
    if (status === 'held') {
      const answer = await client.ask(
        () => client.post(house.reviewerKey, `/v1/messages/${id}/decision`, { action: 'approve', digest }),
        options,
      );
      if (answer === null) return false;
      // An earlier call, whose answer was lost, may have decided it.
      if (answer.status === 200 || answer.body['code'] === 'already_decided') return true;
      // It is held, and a person who is told something else looks again.
      onStrange(`approve ${answer.status} ${answer.text}`);
    }
    await sleep(500);
  }
  return false;
}
