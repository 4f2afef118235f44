/** @module Durations as settings have them. */
import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `200ms`, `30s`, `15m`, `72h`, `7d`; in the parsed config a number of milliseconds. */
export const duration = z
  .string()
  .max(12)
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/u, 'must be a duration such as 30s, 15m or 72h')
  .transform((text) => {
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/u.exec(text) as unknown as [
      string,
      string,
      keyof typeof UNITS,
    ];
    return Math.round(Number(amount) * UNITS[unit]);
  });
