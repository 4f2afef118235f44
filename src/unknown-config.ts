/** @module The settings of what is done where nobody knows whether an email was sent. */
import { z } from 'zod';
import { ON_UNKNOWN } from './core/delivery/unknown.js';
import { duration } from './duration.js';

/** By category; `failover` may send it twice. */
export const onUnknownSchema = z
  .strictObject({
    transactional: z.enum(ON_UNKNOWN).default('hold'),
    conversational: z.enum(ON_UNKNOWN).default('hold'),
    commercial: z.enum(ON_UNKNOWN).default('hold'),
  })
  .prefault({});

export const unknownSchema = z
  .strictObject({
    /** How long after the try its provider is asked what became of it, where it can be asked. */
    lookups: z
      .array(duration)
      .max(20)
      .refine((all) => all.every((at, i) => at > (all[i - 1] ?? -1)), 'must rise, as in [1m, 5m, 15m]')
      .prefault(['1m', '5m', '15m']),
    /** `retry_same`: from one unknown outcome to the next try. */
    retries: z.array(duration).max(20).prefault(['1m', '5m', '15m']),
    /** Still unknown: people are told now, */
    alertAfter: duration.prefault('15m'),
    /** and once more at this time, after which nobody looks any more. */
    deadline: duration.prefault('24h'),
    /** How often a worker looks for what is due. */
    interval: duration.refine((ms) => ms >= 10, 'must be at least 10ms').prefault('5s'),
  })
  .prefault({});
