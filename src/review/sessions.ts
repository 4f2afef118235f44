/**
 * @module Who is signed in: in memory only, for a working day, never more than a bounded number. The key
 * is kept, so that each request can ask whether it still holds.
 */
import { timingSafeEqual } from 'node:crypto';

export interface Session {
  id: string;
  /** The API key; it leaves this process only towards the service. */
  key: string;
  /** Stands in every form of this session. */
  csrf: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface Sessions {
  open(key: string): Session;
  find(id: string | undefined): Session | null;
  close(id: string | undefined): void;
}

export interface SessionsOptions {
  clock: () => Date;
  secret: () => string;
  /** Beyond this many, the oldest ends. */
  limit?: number;
  lifetimeMs?: number;
}

export const SESSION_MS = 8 * 3_600_000;

export function createSessions({
  clock,
  secret,
  limit = 1_000,
  lifetimeMs = SESSION_MS,
}: SessionsOptions): Sessions {
  // In the order in which they were opened, which is the order in which they end.
  const open = new Map<string, Session>();
  const now = (): number => clock().getTime();
  const makeRoom = (): void => {
    for (const [id, { expiresAt }] of open) {
      if (expiresAt > now() && open.size < limit) return;
      open.delete(id);
    }
  };
  return {
    open(key) {
      makeRoom();
      const session = { id: secret(), key, csrf: secret(), expiresAt: now() + lifetimeMs };
      open.set(session.id, session);
      return session;
    },
    find(id) {
      const session = id === undefined ? undefined : open.get(id);
      if (session && session.expiresAt > now()) return session;
      if (session) open.delete(session.id);
      return null;
    },
    close(id) {
      if (id !== undefined) open.delete(id);
    },
  };
}

/** Whether a form was made for this session. */
export function isFormOf(session: Session, csrf: string | undefined): boolean {
  if (csrf === undefined) return false;
  const [given, wanted] = [Buffer.from(csrf), Buffer.from(session.csrf)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
