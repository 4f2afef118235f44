/** @module Whether a host is this machine, so that what goes there goes over no network. */
import { isIP } from 'node:net';

export const isLoopback = (host = ''): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
