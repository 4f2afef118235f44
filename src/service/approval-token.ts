/**
 * @module The verb that makes a signal for a person: a token that names the email, its digest and the
 * answer, and the command by which the Temporal CLI carries it.
 */
import { Problem } from '../errors.js';
import { seal } from '../seal.js';
import type { SealedDecision } from '../sealed.js';
import { requirePerson } from './access.js';
import { changeable } from './change.js';
import type { ServiceDeps, Verb } from './deps.js';

const LIFETIME_MS = 24 * 3_600_000;

export const approvalToken: Verb<'approvals.token'> = async (deps, caller, { id, action, digest }) => {
  requirePerson(caller);
  const detail = await changeable(deps, caller, id);
  if (detail.digest !== digest)
    throw new Problem('digest_mismatch', {
      detail: 'the email was changed; read it again and decide on its new digest',
      members: { id, digest: detail.digest, revision: detail.revision },
    });
  if (detail.status !== 'held')
    throw new Problem('conflict', {
      detail: `this email is not waiting for a person (it is ${detail.status})`,
      members: { id, messageStatus: detail.status },
    });
  const expiresAt = new Date(deps.clock().getTime() + LIFETIME_MS).toISOString();
  const decision: SealedDecision = { id, action, digest, by: caller.principal, key: caller.key, expiresAt };
  const token = await seal(deps.ring, 'approval-token', decision);
  return {
    id,
    action,
    token,
    expiresAt,
    command: command(deps, id, action, { by: caller.principal, token }),
  };
};

function command({ temporal }: ServiceDeps, id: string, name: string, input: unknown): string {
  const { namespace } = temporal.client.options;
  return [
    'temporal workflow signal',
    ...(temporal.address === undefined ? [] : [`--address ${quoted(temporal.address)}`]),
    ...(namespace === 'default' ? [] : [`--namespace ${quoted(namespace)}`]),
    `--workflow-id ${quoted(id)}`,
    `--name ${name}`,
    `--input ${quoted(JSON.stringify(input))}`,
  ].join(' ');
}

/** For a POSIX shell. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replace(/'/gu, `'\\''`)}'`;
