/**
 * @module Amazon SES v2, played on this machine: SendEmail with raw content, GetAccount, and the records that it
 * publishes (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html).
 */
import { randomUUID } from 'node:crypto';
import { isSignedBy } from './sigv4.js';
import { startVendor, type Taken, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const SES_KEYS = {
  accessKeyId: 'AKIDEXAMPLE00000000',
  secretAccessKey: 'a-secret-access-key-for-tests-00000000000',
  region: 'eu-central-1',
};

export const startSes = (): Promise<Vendor> =>
  startVendor({
    sends: ({ method, path }) => method === 'POST' && path === '/v2/email/outbound-emails',
    take: (request) => refusal(request) ?? takenOf(request),
    accepted: ({ id }) => ({ status: 200, body: { MessageId: id } }),
    answer: (request) => {
      if (!isSignedBy(request, { ...SES_KEYS, service: 'ses' })) return forbidden;
      return request.path === '/v2/email/account'
        ? { status: 200, body: { SendingEnabled: true, ProductionAccessEnabled: true } }
        : sesError(404, 'NotFoundException', 'no such resource');
    },
  });

/** As SES says no. */
export const sesError = (status: number, name: string, message: string): VendorAnswer => ({
  status,
  headers: { 'x-amzn-ErrorType': `${name}:http://internal.amazon.com/coral/com.amazonaws.sesv2/` },
  body: { message },
});

const forbidden = sesError(
  403,
  'InvalidSignatureException',
  'The request signature we calculated does not match',
);

interface SesBody {
  FromEmailAddress: string;
  Destination: { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] };
  Content: { Raw: { Data: string } };
  EmailTags?: { Name: string; Value: string }[];
  ConfigurationSetName?: string;
  TenantName?: string;
}

export const sesBody = ({ body }: Pick<VendorRequest, 'body'>): SesBody =>
  JSON.parse(body.toString()) as SesBody;

function refusal(request: VendorRequest): VendorAnswer | null {
  if (!isSignedBy(request, { ...SES_KEYS, service: 'ses' })) return forbidden;
  const { Destination, Content, EmailTags = [], ConfigurationSetName = 'set' } = sesBody(request);
  const mime = Buffer.from(Content.Raw.Data, 'base64').toString();
  const bad = (text: string): VendorAnswer => sesError(400, 'BadRequestException', text);
  if ((Destination.ToAddresses ?? []).length === 0) return bad('Destination is empty');
  if (!/^From: /mu.test(mime)) return bad('Missing required header From');
  const isTag = (text: string): boolean => /^[A-Za-z0-9_-]{1,256}$/u.test(text);
  if (!EmailTags.every(({ Name, Value }) => isTag(Name) && isTag(Value))) return bad('Invalid tag');
  if (!/^[A-Za-z0-9_-]{1,64}$/u.test(ConfigurationSetName)) return bad('Invalid configuration set');
  return null;
}

function takenOf(request: VendorRequest): Taken {
  const { Destination, Content, EmailTags = [] } = sesBody(request);
  const mime = Buffer.from(Content.Raw.Data, 'base64').toString();
  return {
    tag: EmailTags.find((one) => one.Name === 'mailwarden-id')?.Value ?? null,
    id: `0107019${randomUUID()}-000000`,
    to: Destination.ToAddresses ?? [],
    subject: /^Subject: (.*)$/mu.exec(mime)?.[1]?.trim() ?? '',
    request,
  };
}

/** A record about a mail that was taken; `event` has the object that says what happened, under its name. */
export const sesRecord = (taken: Pick<Taken, 'id' | 'to' | 'tag'>, event: object): object => ({
  eventType: 'Anything',
  mail: {
    timestamp: '2026-11-22T10:00:00.000Z',
    messageId: taken.id,
    source: 'agent@sender.example',
    destination: taken.to,
    tags: {
      'ses:configuration-set': ['set'],
      ...(taken.tag !== null && { 'mailwarden-id': [taken.tag] }),
    },
  },
  ...event,
});
