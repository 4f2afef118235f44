import { rateLimitPromises } from './rate-limit.js';

rateLimitPromises('rate_limit_monthly', 'monthly');
