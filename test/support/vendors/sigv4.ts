/**
 * @module Whether a request carries the signature of these credentials, as AWS checks it: over what has arrived
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
import { createHash, createHmac } from 'node:crypto';
import type { VendorRequest } from './vendor.js';

interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  service: string;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

export function isSignedBy({ method, path, headers, body }: VendorRequest, keys: AwsKeys): boolean {
  const { accessKeyId, secretAccessKey, region, service } = keys;
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/u;
  const [, credential = '', names = '', signature] = pattern.exec(headers.authorization ?? '') ?? [];
  const time = String(headers['x-amz-date']);
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  if (credential !== [accessKeyId, ...scope].join('/')) return false;
  const [uri = '', query = ''] = path.split('?');
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, uri, query, signed.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((one, part) => hmac(one, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature;
}
