/** @module Emails of a mailbox per clock hour. */
import { rateLimit } from './rate-limit.js';

export const rateLimitHourly = rateLimit('rate_limit_hourly', 'hourly');
