/** @module Emails of a mailbox per day. */
import { rateLimit } from './rate-limit.js';

export const rateLimitDaily = rateLimit('rate_limit_daily', 'daily');
