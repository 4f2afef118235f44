import { rateLimitPromises } from './rate-limit.js';

rateLimitPromises('rate_limit_daily', 'daily');
