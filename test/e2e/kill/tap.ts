/**
 * @module A wire-tap between a worker and an SMTP server, which cuts the first conversation that comes so far.
 */
import { Ambush } from '../../../scripts/chaos/ambush.js';
import { startProviderWire } from '../../../scripts/chaos/provider-wire.js';

/** In the middle of the content; or when the server has taken it, and the worker hasn't heard. */
export type Cut = 'content' | 'reply';

export interface Tap {
  url: string;
  stop(): Promise<void>;
}

/** `onCut` runs before anything else reaches either side. */
export async function startTap(port: number, cut: Cut, onCut: () => void): Promise<Tap> {
  const ambush = new Ambush();
  const wire = await startProviderWire(port, 'smtp', {
    ...{ ambush, process: 'worker', provider: 'smtp' },
    // Only one email goes this way.
    emailIn: () => 1,
  });
  ambush.lay({
    emails: [1],
    fits: () => false,
    cuts({ what }) {
      if (what !== `${cut} smtp`) return false;
      onCut();
      return true;
    },
  });
  return { url: `smtp://127.0.0.1:${wire.port}`, stop: () => wire.stop() };
}
