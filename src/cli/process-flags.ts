/**
 * @module Flags of the commands that stay up. A wrong one is said before anything starts.
 */
import { Option } from 'commander';
import { UsageError } from './io.js';

/** @throws UsageError. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/u.test(text) || port > 65_535)
    throw new UsageError(`--port ${text} is not a port: give 0 to 65535`);
  return port;
}

export const logLevel = (standard: string): Option =>
  new Option('--log-level <level>', 'how much to log')
    .choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default(standard);
