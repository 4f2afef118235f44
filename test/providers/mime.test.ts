/** @module The bytes that go out, read back by another library: what was judged, and nothing else. */
import fc from 'fast-check';
import PostalMime, { type Email } from 'postal-mime';
import { describe, expect, test } from 'vitest';
import type { Revision } from '../../src/core/email/revision.js';
import { composeMime } from '../../src/providers/mime.js';
import { aRevision, attachmentOf, blobsOf, sha256 } from '../contracts/provider.js';

async function compose(
  change: Partial<Revision>,
  blobs: Uint8Array[] = [],
): Promise<{ raw: string; mail: Email }> {
  const revision = aRevision(change);
  const bytes = await composeMime({
    id: 'msg_mime',
    revision,
    blobs: blobsOf(...blobs),
  });
  return { raw: bytes.toString('latin1'), mail: await PostalMime.parse(bytes) };
}

const names = (mail: Email): string[] => mail.headers.map((one) => one.key);
const header = (mail: Email, name: string): string | undefined =>
  mail.headers.find((one) => one.key === name)?.value;

const ALWAYS = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'x-mailwarden-id',
];

describe('a composed message', () => {
  test('has exactly the headers that were judged and ours', async () => {
    const { mail, raw } = await compose({
      replyTo: { address: 'team@sender.example', name: 'The Team' },
      to: [{ address: 'a@one.example', name: 'Ann, "the" Ä' }, { address: 'b@one.example' }],
      cc: [{ address: 'c@one.example' }],
      bcc: [{ address: 'hidden@one.example' }],
      subject: 'Grüße',
      headers: { 'X-Case-ID': '42', 'x-odd-sPelling': 'kept' },
      inReplyTo: '<parent@one.example>',
      html: '<p>Hello</p>',
    });
    expect(names(mail).sort()).toEqual(
      [...ALWAYS, 'reply-to', 'to', 'cc', 'in-reply-to', 'references', 'x-case-id', 'x-odd-spelling'].sort(),
    );
    expect(raw).toContain('\r\nX-Mailwarden-Id: msg_mime\r\n');
    expect(raw).toMatch(/(?:^|\r\n)x-odd-sPelling: kept\r\n/u);
    expect(mail).toMatchObject({
      from: { address: 'agent@sender.example', name: 'An Agent' },
      replyTo: [{ address: 'team@sender.example', name: 'The Team' }],
      to: [{ address: 'a@one.example', name: 'Ann, "the" Ä' }, { address: 'b@one.example' }],
      cc: [{ address: 'c@one.example' }],
      subject: 'Grüße',
      messageId: '<msg-1.1@sender.example>',
      inReplyTo: '<parent@one.example>',
      references: '<parent@one.example>',
      html: '<p>Hello</p>\n',
      text: 'Hello there.\n',
    });
    expect(header(mail, 'auto-submitted')).toBe('auto-generated');
  });

  test('never names who was written to in Bcc', async () => {
    const { raw } = await compose({ to: [], bcc: [{ address: 'hidden@one.example', name: 'Hidden' }] });
    expect(raw).not.toMatch(/hidden|bcc/iu);
  });

  test('carries attachments byte for byte, inline ones by their Content-ID', async () => {
    const image = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    const text = new TextEncoder().encode('.\r\n..\r\nFrom here\nÄ\n');
    const { mail } = await compose(
      {
        html: '<img src="cid:logo@x">',
        attachments: [
          attachmentOf(image, { filename: 'logo.png', contentType: 'image/png', contentId: 'logo@x' }),
          attachmentOf(text, { filename: 'Bericht Ä.txt', contentType: 'text/plain' }),
        ],
      },
      [image, text],
    );
    expect(
      mail.attachments.map((one) => [one.filename, one.mimeType, one.disposition, one.contentId]),
    ).toEqual([
      ['logo.png', 'image/png', 'inline', '<logo@x>'],
      ['Bericht Ä.txt', 'text/plain', 'attachment', undefined],
    ]);
    const bytes = mail.attachments.map((one) => new Uint8Array(one.content as ArrayBuffer));
    expect(bytes).toEqual([image, text]);
  });

  test('brings an invitation as a text/calendar alternative with its method', async () => {
    const ics = 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Grüße\r\nEND:VCALENDAR\r\n';
    const { mail, raw } = await compose({ calendar: { method: 'REQUEST', ics } });
    expect(raw).toMatch(/Content-Type: multipart\/alternative/u);
    expect(raw).toMatch(/Content-Type: text\/calendar;[^:]*method=REQUEST/u);
    expect(mail.attachments).toHaveLength(1);
    const [invitation] = mail.attachments;
    const content = invitation!.content;
    const read = typeof content === 'string' ? content : new TextDecoder().decode(content);
    expect(read.replace(/\r?\n/gu, '\r\n').trim()).toBe(ics.trim());
  });

  test('keeps long and hostile bodies within the lines that SMTP allows', async () => {
    const { raw, mail } = await compose({
      text: `.\n${'ä'.repeat(3_000)}\r\n.\r\n`,
      subject: 's'.repeat(900),
    });
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expect(raw.replace(/\r\n/gu, '')).not.toMatch(/[\r\n]/u);
    expect(mail.text?.replace(/\r\n/gu, '\n').trim()).toBe(`.\n${'ä'.repeat(3_000)}\n.`);
  });

  test('a part that calls itself multipart stays a file', async () => {
    const bytes = new TextEncoder().encode(
      '--b\r\nContent-Type: text/html\r\n\r\n<b>hidden</b>\r\n--b--\r\n',
    );
    const { mail } = await compose(
      { attachments: [attachmentOf(bytes, { filename: 'x', contentType: 'multipart/mixed' })] },
      [bytes],
    );
    expect(mail.html).toBeUndefined();
    expect(mail.attachments.map((one) => one.mimeType)).toEqual(['application/octet-stream']);
  });

  test('is not made from bytes other than those that were judged', async () => {
    const judged = new TextEncoder().encode('judged');
    const revision = aRevision({ attachments: [attachmentOf(judged)] });
    const other = new Map([[sha256(judged), new TextEncoder().encode('other')]]);
    await expect(composeMime({ id: 'msg_mime', revision, blobs: other })).rejects.toThrow('is damaged');
    await expect(composeMime({ id: 'msg_mime', revision, blobs: new Map() })).rejects.toThrow('is missing');
  });

  test('a caller cannot set our own headers or those of the mail itself', async () => {
    const { mail } = await compose({
      headers: {
        'x-mailwarden-id': 'forged',
        Bcc: 'a@b.example',
        'X-A: b\r\nBcc': 'c@d.example',
        'X-Fine': 'yes',
      },
    });
    expect(header(mail, 'x-mailwarden-id')).toBe('msg_mime');
    expect(names(mail).sort()).toEqual([...ALWAYS, 'content-transfer-encoding', 'to', 'x-fine'].sort());
  });
});

/** Text of a kind that breaks headers: line ends, encoded words, quotes, parameters, boundaries. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\0',
        '\u2028',
        '\u0085',
        '"',
        "'",
        '\\',
        ';',
        ':',
        ',',
        '<',
        '>',
        '(',
        '=',
        '?',
      ),
      fc.constantFrom(
        'Bcc: evil@evil.example',
        '=?utf-8?Q?=0D=0ABcc:_x?=',
        ' name=x',
        'boundary=x',
        '--',
        '\r\n\r\n',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('whatever is written', () => {
  test('into subject, names, header values and filenames adds no header, recipient, part or text', async () => {
    const file = new TextEncoder().encode('file');
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, hostile, async (subject, name, value, filename) => {
        const { mail } = await compose(
          {
            subject: `s${subject}`,
            to: [{ address: 'a@one.example', name }],
            bcc: [{ address: 'hidden@one.example', name }],
            from: { address: 'agent@sender.example', name },
            headers: { 'X-Value': `v${value}` },
            attachments: [attachmentOf(file, { filename: `f${filename}` })],
          },
          [file],
        );
        expect(names(mail).sort()).toEqual([...ALWAYS, 'to', 'x-value'].sort());
        expect(mail.to?.map((one) => one.address)).toEqual(['a@one.example']);
        expect(mail.from?.address).toBe('agent@sender.example');
        expect(mail.text).toBe('Hello there.\n');
        expect(mail.attachments.map((one) => new TextDecoder().decode(one.content as ArrayBuffer))).toEqual([
          'file',
        ]);
      }),
      { numRuns: 300 },
    );
  });

  test('into bodies stays in the bodies', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (text, html) => {
        const { mail } = await compose({ text: `t${text}.`, html: `<p>${html}</p>` });
        // Line ends become CRLF on the wire, whichever they were.
        const plain = (body?: string) => body?.replace(/[\r\n]+/gu, '\n').trim();
        expect(names(mail).sort()).toEqual([...ALWAYS, 'to'].sort());
        expect(plain(mail.text)).toBe(plain(`t${text}.`));
        expect(plain(mail.html)).toBe(plain(`<p>${html}</p>`));
        expect(mail.attachments).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
