/** @module A certificate that signs itself (RFC 5280 §4.1): node:crypto reads them and cannot make any. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface Certificate {
  pem: string;
  privateKey: KeyObject;
}

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
/** GeneralizedTime: YYYYMMDDHHMMSSZ. */
const time = (at: Date): Buffer =>
  der(0x18, Buffer.from(`${at.toISOString().replace(/\D/gu, '').slice(0, 14)}Z`));

const COMMON_NAME = '550403';
const ALGORITHMS = {
  rsa: sequence(oid('2a864886f70d01010b'), der(0x05)), // sha256WithRSAEncryption
  ec: sequence(oid('2a8648ce3d040302')), // ecdsa-with-SHA256
};

export function selfSigned({
  from = new Date('2020-01-01T00:00:00Z'),
  to = new Date('2049-01-01T00:00:00Z'),
  type = 'rsa',
}: { from?: Date; to?: Date; type?: 'rsa' | 'ec' } = {}): Certificate {
  const { publicKey, privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = ALGORITHMS[type];
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from('sns.amazonaws.com')))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([1])), // serial number
    algorithm,
    name, // issuer
    sequence(time(from), time(to)),
    name, // subject
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
  const base64 = whole.toString('base64').replace(/.{1,64}/gu, '$&\n');
  return { pem: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`, privateKey };
}
