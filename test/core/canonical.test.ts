/** @module The canonical form and the digest: the same content has one digest, any other content another. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../src/core/email/canonical.js';
import { contentSchema, type EmailContent } from '../../src/core/email/request.js';
import {
  digestOf,
  makeRevision,
  recipientsOf,
  withoutRecipients,
  type Revision,
} from '../../src/core/email/revision.js';
import { aRevision, sha256, to } from '../support/arbitraries.js';
import { verifies } from '../support/requirements.js';

/** RFC 8785 §3.2.2, §3.2.3 and appendix B. */
const VECTORS: [value: unknown, text: string][] = [
  [
    JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    },
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
  [
    [5e-324, -5e-324, 1.7976931348623157e308, 9007199254740992, 1e21, 1e23],
    '[5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,1e+21,1e+23]',
  ],
  [[9.999999999999997e22, 0.000001, 1e-7, -0], '[9.999999999999997e+22,0.000001,1e-7,0]'],
];

verifies('approval:exact/canonical', 'the vectors of RFC 8785 come out byte for byte', () => {
  for (const [value, text] of VECTORS) expect(canonical(value)).toBe(text);
});

test('what is not JSON has no canonical form', () => {
  for (const value of [NaN, Infinity, undefined, () => 1, '\ud800', { a: NaN }])
    expect(() => canonical(value)).toThrow();
});

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, turn));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, shuffled(one, turn)] as const);
  const at = entries.length === 0 ? 0 : turn % entries.length;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].reverse());
}

const unit = fc.string({ unit: 'grapheme' });
const anAddress = fc.record({ address: fc.emailAddress(), name: unit }, { requiredKeys: ['address'] });
const attachment = fc.record({
  filename: unit,
  contentType: fc.constantFrom('text/plain', 'application/pdf'),
  size: fc.nat(),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/u),
});
const revision: fc.Arbitrary<Revision> = fc.record(
  {
    from: anAddress,
    replyTo: anAddress,
    to: fc.array(anAddress, { maxLength: 3 }),
    cc: fc.array(anAddress, { maxLength: 3 }),
    bcc: fc.array(anAddress, { maxLength: 3 }),
    subject: unit,
    text: unit,
    html: unit,
    headers: fc.dictionary(fc.stringMatching(/^X-[a-z]{1,8}$/u), unit, { maxKeys: 3 }),
    attachments: fc.array(attachment, { maxLength: 2 }),
    calendar: fc.record({ method: fc.constantFrom('REQUEST', 'CANCEL'), ics: unit }),
    inReplyTo: unit,
    messageId: unit,
    category: fc.constantFrom('transactional' as const, 'commercial' as const),
  },
  {
    requiredKeys: ['from', 'to', 'cc', 'bcc', 'subject', 'headers', 'attachments', 'messageId', 'category'],
  },
);

verifies('approval:exact/canonical', 'the order of keys never changes the digest', () => {
  fc.assert(
    fc.property(revision, fc.nat(20), (one, turn) => {
      expect(digestOf(shuffled(one, turn) as Revision, sha256)).toBe(digestOf(one, sha256));
    }),
  );
});

verifies('approval:exact/digest', 'two revisions have the same digest only where they are the same', () => {
  const plain = (one: Revision) => JSON.stringify(shuffled(JSON.parse(canonical(one)), 0));
  fc.assert(
    fc.property(revision, revision, (one, other) => {
      expect(digestOf(one, sha256) === digestOf(other, sha256)).toBe(plain(one) === plain(other));
    }),
  );
});

verifies('approval:exact/digest', 'a change of any one field changes the digest', () => {
  fc.assert(
    fc.property(revision, revision, fc.nat(20), (one, other, pick) => {
      const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Revision)[];
      const field = fields[pick % fields.length]!;
      const edited = JSON.parse(JSON.stringify({ ...one, [field]: other[field] })) as Revision;
      const same =
        JSON.stringify(shuffled({ v: edited[field] }, 0)) === JSON.stringify(shuffled({ v: one[field] }, 0));
      expect(digestOf(edited, sha256) === digestOf(one, sha256)).toBe(same);
    }),
  );
});

verifies(
  'approval:exact/digest',
  'moving a recipient from Cc to Bcc, or swapping two, is another digest',
  () => {
    const ada = { address: 'ada@client.example' };
    const bob = { address: 'bob@client.example' };
    const digests = [
      aRevision({ to: [ada], cc: [bob] }),
      aRevision({ to: [ada], bcc: [bob] }),
      aRevision({ to: [bob], cc: [ada] }),
      aRevision({ to: [ada, bob] }),
      aRevision({ to: [bob, ada] }),
    ].map((one) => digestOf(one, sha256));
    expect(new Set(digests).size).toBe(digests.length);
  },
);

test('the digest of one revision is frozen', () => {
  expect(canonical(aRevision())).toBe(
    '{"attachments":[],"bcc":[],"category":"transactional","cc":[],"from":{"address":"agent@sender.example","name":"Agent"},"headers":{},"messageId":"<msg_a.1@sender.example>","subject":"Hello","text":"Hello Ada","to":[{"address":"ada@client.example"}]}',
  );
  expect(digestOf(aRevision(), sha256)).toBe(
    'ea5c613c6cc0556402be69c14c57f8cbda56dfebaa57a49fb7003e7dec4dce4d',
  );
});

const content = (input: object): EmailContent =>
  contentSchema.parse({ subject: 'Hello', text: 'x', ...input });
const source = {
  messageId: 'msg_abc',
  sender: { address: 'agent@sender.example' },
  revision: 1,
  category: 'transactional' as const,
  attachments: [],
};

test('an address that stands more than once is kept where it stands first', () => {
  const made = makeRevision(
    content({
      to: ['ada@c.example', 'Ada <ADA@c.example>'],
      cc: ['bob@c.example', 'ada@c.example'],
      bcc: 'bob@c.example',
    }),
    source,
  );
  expect(recipientsOf(made)).toEqual([
    { index: 0, kind: 'to', address: 'ada@c.example' },
    { index: 1, kind: 'cc', address: 'bob@c.example' },
  ]);
});

test('a revision of a revision is another Message-ID in the sender domain', () => {
  expect(makeRevision(content({ to: 'ada@c.example' }), source).messageId).toBe('<msg_abc.1@sender.example>');
  expect(makeRevision(content({ to: 'ada@c.example' }), { ...source, revision: 2 }).messageId).toBe(
    '<msg_abc.2@sender.example>',
  );
});

test('no two message ids share a Message-ID, and each is a dot-atom', () => {
  fc.assert(
    fc.property(unit, unit, (one, other) => {
      const [a, b] = [one, other].map(
        (id) => makeRevision(content({ to: 'ada@c.example' }), { ...source, messageId: `m${id}` }).messageId,
      );
      expect(a === b).toBe(one === other);
      expect(a).toMatch(/^<[A-Za-z0-9_=-]+\.1@sender\.example>$/u);
    }),
  );
  expect(
    makeRevision(content({ to: 'ada@c.example' }), { ...source, messageId: 'order/7 a' }).messageId,
  ).toBe('<order=2f=7=20=a.1@sender.example>');
});

test('the text part that was derived stands only where the caller gave none', () => {
  const html = { to: 'ada@c.example', text: undefined, html: '<p>x</p>' };
  expect(makeRevision(content(html), { ...source, text: 'derived' }).text).toBe('derived');
  expect(makeRevision(content({ ...html, text: 'own' }), { ...source, text: 'derived' }).text).toBe('own');
});

test('recipients are left out by their index, and the revision they are left out of stays as it is', () => {
  const before = aRevision({
    to: [{ address: 'ada@c.example' }],
    cc: [{ address: 'bob@c.example' }],
    bcc: [{ address: 'cyd@c.example' }],
  });
  const frozen = canonical(before);
  expect(recipientsOf(withoutRecipients(before, new Set([0, 2]))).map((one) => one.address)).toEqual([
    'bob@c.example',
  ]);
  expect(canonical(before)).toBe(frozen);
  expect(withoutRecipients(to('a@c.example'), new Set()).to).toEqual([{ address: 'a@c.example' }]);
});
