/** @module Durations as settings have them. */
import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/u;

/** `200ms`, `30s`, `15m`, `72h`, `7d`; in the parsed config a number of milliseconds. */
export const duration = z
  .string()
  .max(12)
  .regex(FORM, 'must be a duration such as 30s, 15m or 72h')
  .transform((text) => {
    const [, amount, unit = ''] = FORM.exec(text) ?? [];
    return Math.round(Number(amount) * (UNITS[unit] ?? Number.NaN));
  });
