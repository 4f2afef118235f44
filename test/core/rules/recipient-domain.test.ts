import { expect, test } from 'vitest';
import type { MailHost } from '../../../src/core/email/deliverability.js';
import { judge } from './judge.js';
import { found, toCcBcc } from './recipients.js';

const revision = toCcBcc('ada@client.example', 'bob@Other.example', 'cyd@client.example');
const by = (client: MailHost, other: MailHost) =>
  judge('recipient_domain', {
    revision,
    facts: { hosts: { 'client.example': client, 'other.example': other } },
  });

test('where nobody asked DNS, there is nothing to say', () => {
  expect(judge('recipient_domain', { revision })).toEqual({ status: 'skipped' });
});

test('domains that take mail pass', () => {
  expect(by('accepts', 'accepts')).toEqual({ status: 'passed' });
});

test.each<MailHost>(['null_mx', 'no_host', 'no_domain'])('%s is a denial that names who is there', (host) => {
  expect(by(host, 'accepts')).toEqual(found('deny', 0, 2));
  expect(by('no_answer', host)).toEqual(found('deny', 1));
});

test('what DNS did not say is unknown and never a denial', () => {
  expect(by('accepts', 'no_answer')).toEqual({
    status: 'passed',
    evidence: { unknown: true, recipients: [1] },
  });
});
