/**
 * @module The secrets of a `dev` that was configured with none: the seal key ring and the secret with which
 * the capture inbox signs its reports. Kept in `<data>/seal.json`, the same on every start.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readOrMake } from './private-file.js';

const secretsSchema = z.object({
  /** As `sealKeys` of the config: the first seals, all of them open. */
  sealKeys: z.array(z.string().regex(/^[A-Za-z0-9_-]{1,40}:[A-Za-z0-9_-]{43}$/u)).min(1),
  /** standardwebhooks: `whsec_` and base64. */
  captureWebhookSecret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}=*$/u),
});
export type DevSecrets = z.output<typeof secretsSchema>;

export function devSecrets(dataDir: string): DevSecrets {
  return readOrMake(join(dataDir, 'seal.json'), secretsSchema, () => ({
    sealKeys: [`dev1:${randomBytes(32).toString('base64url')}`],
    captureWebhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  }));
}
