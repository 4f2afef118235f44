/**
 * @module Whether a webhook was signed as Svix does it (https://docs.svix.com/receiving/verifying-payloads/how-manual):
 * HMAC-SHA256 over id, time and raw body. Not with the library of the same form, which takes the time from a clock of
 * its own.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HookRequest } from '../provider.js';

/** How far its time may be from ours, in either direction, in seconds. Each try is signed anew, so that is enough. */
const TOLERANCE = 300;

/** The key in `whsec_…`; null where there is none. */
export function svixKey(secret: string): Buffer | null {
  const base64 = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/u.exec(secret)?.[1];
  const key = Buffer.from(base64 ?? '', 'base64');
  return key.length >= 16 ? key : null;
}

/** The webhook's id (the same for each repetition) where one of the keys has signed it just now; else null. */
export function svixId(keys: readonly Buffer[], { body, headers, now }: HookRequest): string | null {
  const id = headers.get('svix-id') ?? '';
  const time = headers.get('svix-timestamp') ?? '';
  if (!/^[\x21-\x7e]{1,200}$/u.test(id) || !/^\d{1,12}$/u.test(time)) return null;
  if (Math.abs(now.getTime() / 1_000 - Number(time)) > TOLERANCE) return null;
  const given = signaturesIn(headers.get('svix-signature') ?? '');
  const wanted = keys.map((key) => createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest());
  const fits = wanted.flatMap((one) => given.map((other) => timingSafeEqual(one, other)));
  return fits.includes(true) ? id : null;
}

/** Several, while a key is replaced: `v1,BASE64 v1,BASE64`. Other versions are not ours to judge. */
function signaturesIn(header: string): Buffer[] {
  return header
    .split(' ', 10)
    .map((one) => /^v1,([A-Za-z0-9+/]{43}=)$/u.exec(one)?.[1])
    .filter((one) => one !== undefined)
    .map((one) => Buffer.from(one, 'base64'));
}
