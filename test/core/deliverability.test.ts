/** @module What is said of an address, from what is known of it. */
import { expect, test } from 'vitest';
import { judgeAddress, type Evidence } from '../../src/core/email/deliverability.js';

const nothing: Evidence = {
  ...{ address: 'ada@reader.example', suppressions: [], delivered: false, host: 'accepts' },
};
const judged = (evidence: Partial<Evidence>): [string, string, string?] => {
  const { result, reasons, suggestion } = judgeAddress({ ...nothing, ...evidence });
  const codes = reasons.map((one) => one.code).join(' ');
  return suggestion === undefined ? [result, codes] : [result, codes, suggestion];
};

test.each<[string, Partial<Evidence>, [string, string, string?]]>([
  ['a domain that takes mail', {}, ['deliverable', 'domain_accepts_mail']],
  ['a domain that refuses mail', { host: 'null_mx' }, ['undeliverable', 'domain_refuses_mail']],
  ['a domain without a host', { host: 'no_host' }, ['undeliverable', 'domain_without_mail']],
  ['no domain', { host: 'no_domain' }, ['undeliverable', 'domain_not_found']],
  ['a silent DNS', { host: 'no_answer' }, ['unknown', 'domain_not_answering']],
  ['the sandbox', { host: null }, ['deliverable', 'sandbox']],
  [
    'a hard bounce, even after a delivery',
    { suppressions: [{ reason: 'hard_bounce' }], delivered: true },
    ['undeliverable', 'hard_bounced domain_accepts_mail delivered_before'],
  ],
  [
    'several suppressions, one in the words of a person',
    { suppressions: [{ reason: 'complaint' }, { reason: 'Ada asked' }, { reason: 'constructor' }] },
    ['undeliverable', 'complained suppressed suppressed domain_accepts_mail'],
  ],
  [
    'an unsubscription',
    { suppressions: [{ reason: 'unsubscribe' }] },
    ['undeliverable', 'unsubscribed domain_accepts_mail'],
  ],
  [
    'an earlier delivery and a silent DNS',
    { delivered: true, host: 'no_answer' },
    ['deliverable', 'domain_not_answering delivered_before'],
  ],
  [
    'an earlier delivery to a domain that is gone',
    { delivered: true, host: 'no_domain' },
    ['undeliverable', 'domain_not_found delivered_before'],
  ],
  ['a role', { address: 'Info+x@reader.example' }, ['risky', 'domain_accepts_mail role_address']],
  [
    'a role that was written to before',
    { address: 'info@reader.example', delivered: true },
    ['deliverable', 'domain_accepts_mail delivered_before role_address'],
  ],
  [
    'a quoted local part',
    { address: '"a b"@reader.example' },
    ['risky', 'domain_accepts_mail unusual_syntax'],
  ],
  [
    'a typo',
    { address: 'ada@gmial.com', host: 'no_answer' },
    ['risky', 'domain_not_answering likely_typo', 'ada@gmail.com'],
  ],
  [
    'a typo that is none, as mail arrived there',
    { address: 'ada@gmial.com', delivered: true },
    ['deliverable', 'domain_accepts_mail delivered_before'],
  ],
])('%s', (_, evidence, expected) => {
  expect(judged(evidence)).toEqual(expected);
});

test('no reason repeats what a person wrote about an address', () => {
  const { reasons } = judgeAddress({ ...nothing, suppressions: [{ reason: 'Ada Lovelace asked' }] });
  expect(JSON.stringify(reasons)).not.toContain('Lovelace');
});
