/**
 * @module Sessions of clients that a server can ask back (elicitation, sampling): before 2026-07-28 such an answer comes
 * in a request of its own, which must find the call that asked. They are a convenience of this process: a client whose
 * session is elsewhere, or gone, is served without one.
 */
import {
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type McpServerFactory,
} from '@modelcontextprotocol/server';

export interface SessionLimits {
  /** At this process. */
  most: number;
  mostOfOneKey: number;
  /** Milliseconds without a request. */
  idle: number;
}
export const SESSION_LIMITS: SessionLimits = { most: 1_000, mostOfOneKey: 20, idle: 15 * 60_000 };

export interface SessionDeps {
  factory: McpServerFactory;
  clock: () => Date;
  randomId: () => string;
  maxRequestBodySize: number;
  limits?: SessionLimits;
}

interface Session {
  /** Id of the key that opened it; another's request finds nothing. */
  owner: string;
  usedAt: number;
  transport: WebStandardStreamableHTTPServerTransport;
}

export interface Sessions {
  find(id: string | null, owner: string): WebStandardStreamableHTTPServerTransport | null;
  /** A transport whose first request has to be `initialize`. */
  open(
    owner: string,
    request: Request,
    authInfo: AuthInfo,
  ): Promise<WebStandardStreamableHTTPServerTransport>;
  size(): number;
}

export function createSessions({
  factory,
  clock,
  randomId,
  maxRequestBodySize,
  ...deps
}: SessionDeps): Sessions {
  const limits = deps.limits ?? SESSION_LIMITS;
  // In the order of last use.
  const sessions = new Map<string, Session>();
  const now = (): number => clock().getTime();
  const end = (id: string): void => {
    const session = sessions.get(id);
    sessions.delete(id);
    void session?.transport.close().catch(() => undefined);
  };

  /** Idle ones go, and the oldest where there is no room for one more. */
  const makeRoom = (owner: string): void => {
    const since = now() - limits.idle;
    for (const [id, { usedAt }] of sessions) if (usedAt < since) end(id);
    const own = [...sessions].filter(([, session]) => session.owner === owner).map(([id]) => id);
    for (const id of own.slice(0, Math.max(0, own.length - limits.mostOfOneKey + 1))) end(id);
    for (const id of sessions.keys()) {
      if (sessions.size < limits.most) break;
      end(id);
    }
  };

  return {
    size: () => sessions.size,
    find(id, owner) {
      const session = id === null ? undefined : sessions.get(id);
      if (id === null || session?.owner !== owner) return null;
      sessions.delete(id);
      sessions.set(id, { ...session, usedAt: now() });
      return session.transport;
    },
    async open(owner, request, authInfo) {
      const transport: WebStandardStreamableHTTPServerTransport =
        new WebStandardStreamableHTTPServerTransport({
          sessionIdGenerator: randomId,
          maxRequestBodySize,
          onsessioninitialized: (id) => {
            makeRoom(owner);
            sessions.set(id, { owner, usedAt: now(), transport });
          },
          onsessionclosed: (id) => void sessions.delete(id),
        });
      const server = await factory({ era: 'legacy', authInfo, requestInfo: request });
      await server.connect(transport);
      return transport;
    },
  };
}
