/** @module What the review pages are made of, and what their parts share. */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Service } from '../service/index.js';
import { createAttempts, type Attempts } from './attempts.js';
import { createSessions, type Sessions } from './sessions.js';

export interface ReviewDeps {
  service: Pick<Service, 'authenticate' | 'call'>;
  clock: () => Date;
  /** A random word that nobody guesses, such as a UUID. */
  randomId: () => string;
  /** Where people reach this server; its scheme decides about Secure where something else ends TLS. */
  publicUrl?: string;
  /** Whether a proxy in front says where a request comes from. */
  trustProxy?: boolean;
  /** Throws Problem `misdirected` where a request names another host. */
  checkHost?: (request: Request) => void;
  log?: Pick<Logger, 'error'>;
}

export interface Review extends ReviewDeps {
  sessions: Sessions;
  attempts: Attempts;
  /** 256 random bits, base64url. */
  secret: () => string;
}

export function reviewOf(deps: ReviewDeps): Review {
  // A UUID has 122 random bits; three of them fill the 256 of the hash.
  const secret = (): string =>
    createHash('sha256')
      .update([deps.randomId(), deps.randomId(), deps.randomId()].join('.'))
      .digest('base64url');
  const { clock } = deps;
  return {
    ...deps,
    secret,
    sessions: createSessions({ clock, secret }),
    attempts: createAttempts({ clock }),
  };
}
