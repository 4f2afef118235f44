/** @module Emails of a mailbox per calendar month. */
import { rateLimit } from './rate-limit.js';

export const rateLimitMonthly = rateLimit('rate_limit_monthly', 'monthly');
