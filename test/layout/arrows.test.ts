/** @module Every import arrow of DESIGN §5 and every local lint rule, proven by code that offends and code that does not. */
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { expect, test } from 'vitest';

const lint = new ESLint({
  overrideConfigFile: 'eslint.config.js',
  // The arrows need no types: without them a snippet need not be a file of the project.
  overrideConfig: [
    { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
    { files: ['**/*.ts'], rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  ] as never,
});

/** The rules that a snippet breaks when it stands in this file. */
async function broken(file: string, code: string): Promise<string[]> {
  const [result] = await lint.lintText(`/** @module A sample. */\n${code}\n`, { filePath: file });
  return result!.messages.map((one) => (one.fatal ? one.message : (one.ruleId ?? '')));
}

const value = (from: string) => `import { x } from '${from}';\nexport const y = x;`;
const types = (from: string) => `import type { X } from '${from}';\nexport type Y = X;`;

/** Folder, what it may import, what it may not. */
const ARROWS: [file: string, allowed: string[], refused: string[]][] = [
  [
    'src/core/email/sample.ts',
    [
      value('../policy/rule.js'),
      value('./id.js'),
      value('zod'),
      value('isemail'),
      value('tr46'),
      value('canonicalize'),
    ],
    [
      value('node:crypto'),
      types('node:crypto'),
      value('kysely'),
      value('@temporalio/workflow'),
      value('../../store/store.js'),
      types('../../store/store.js'),
      value('../../errors.js'),
      `export const late = import('node:fs');`,
      `export { x } from '../../seal.js';`,
      `export * from '../../../activities/interface.js';`,
      `export type Late = import('../../config.js').Config;`,
    ],
  ],
  [
    'workflows/sample.ts',
    [
      value('@temporalio/workflow'),
      value('./messages.js'),
      value('../src/core/email/state.js'),
      types('../activities/interface.js'),
      value('@temporalio/common'),
      types('../src/core/email/request.js'),
    ],
    [
      value('@temporalio/client'),
      value('node:crypto'),
      value('../activities/interface.js'),
      types('../activities/index.js'),
      value('../src/core/email/request.js'),
      value('../src/core/policy/schema.js'),
      value('../src/store/store.js'),
      types('../src/sealed.js'),
      value('zod'),
    ],
  ],
  ...['src/http', 'src/cli', 'src/webhooks', 'src/mcp', 'src/review'].map(
    (door): [string, string[], string[]] => [
      `${door}/sample.ts`,
      [value('../service/operations.js'), value('../errors.js'), types('../store/store.js'), value('hono')],
      [
        value('../store/store.js'),
        value('../store/admit.js'),
        types('../store/admit.js'),
        value('../providers/provider.js'),
        types('../providers/provider.js'),
        value('../../activities/index.js'),
      ],
    ],
  ),
  ...['src/client/sample.ts', 'src/tools/sample.ts'].map((file): [string, string[], string[]] => [
    file,
    [value('../service/operations.js'), value('../core/email/until.js'), types('../errors.js'), value('zod')],
    [value('node:fs'), value('../errors.js'), value('../service/index.js'), value('../mcp/server.js')],
  ]),
  [
    'src/service/sample.ts',
    [
      value('../store/store.js'),
      value('@temporalio/client'),
      value('../../workflows/messages.js'),
      types('../../activities/interface.js'),
    ],
    [
      value('../providers/smtp.js'),
      types('../providers/provider.js'),
      value('../../activities/index.js'),
      value('../../activities/interface.js'),
      value('../http/app.js'),
      value('../cli/main.js'),
    ],
  ],
  ...['src/providers', 'src/store'].map((port): [string, string[], string[]] => [
    `${port}/sample.ts`,
    [value('../core/email/state.js'), value('../config.js'), value('node:fs')],
    [
      value('../service/send.js'),
      value('../http/app.js'),
      value('../webhooks/receive.js'),
      types('../../activities/interface.js'),
      value('../../workflows/messages.js'),
    ],
  ]),
  [
    'activities/sample.ts',
    [
      value('../src/store/store.js'),
      types('../src/providers/provider.js'),
      value('../src/core/email/state.js'),
    ],
    [value('../src/service/send.js'), value('../src/http/app.js'), types('../src/cli/main.js')],
  ],
  [
    'src/sample.ts',
    [value('./store/store.js'), value('./providers/provider.js'), value('../activities/index.js')],
    [
      value('../test/support/store.js'),
      value('vitest'),
      value('../examples/demo/main.js'),
      value('../scripts/x.js'),
    ],
  ],
];

test.each(ARROWS)('%s imports what its arrow allows and nothing else', async (file, allowed, refused) => {
  for (const code of allowed) expect(await broken(file, code), code).toEqual([]);
  for (const code of refused) expect(await broken(file, code), code).toContain('mailwarden/arrows');
});

test.each(['src/core/email/sample.ts', 'workflows/sample.ts'])(
  '%s asks nobody for the time or for chance',
  async (file) => {
    expect(await broken(file, 'export const y = new Date(0).toISOString();')).toEqual([]);
    for (const code of ['Date.now()', 'Math.random()', 'performance.now()', 'crypto.randomUUID()'])
      expect(await broken(file, `export const y = ${code};`), code).toEqual(['no-restricted-properties']);
    for (const code of ['new Date()', 'Date()'])
      expect(await broken(file, `export const y = ${code};`), code).toEqual(['no-restricted-syntax']);
  },
);

test('a file name is kebab-case', async () => {
  expect(await broken('src/two-words.ts', 'export const y = 1;')).toEqual([]);
  expect(await broken('test/store/two-words.test.ts', 'export const y = 1;')).toEqual([]);
  for (const name of ['twoWords', 'TwoWords', 'two_words'])
    expect(await broken(`src/${name}.ts`, 'export const y = 1;'), name).toEqual(['mailwarden/kebab-case']);
});

test('a test title is a promise', async () => {
  const file = 'test/core/sample.test.ts';
  expect(await broken(file, `test('a wish is refused', () => {});`)).toEqual([]);
  for (const code of [
    `test('it should work', () => {});`,
    `it.each([1])('Should work %s', () => {});`,
    `describe('what should be', () => {});`,
    `verifies(id, 'this should send once', () => {});`,
    'test.skipIf(true)(`should work`, () => {});',
  ])
    expect(await broken(file, code), code).toEqual(['mailwarden/test-title']);
});

test('shipped files say what they own, end no process, print nothing and are short', async () => {
  const [result] = await lint.lintText('export const y = 1;\n', { filePath: 'src/sample.ts' });
  expect(result!.messages.map((one) => one.ruleId)).toEqual(['mailwarden/module-comment']);
  expect(await broken('src/sample.ts', 'process.exit(1);')).toEqual(['no-restricted-properties']);
  expect(await broken('src/cli/sample.ts', 'process.exit(1);')).toEqual([]);
  expect(await broken('src/sample.ts', `console.log('x');`)).toEqual(['no-console']);
  expect(await broken('src/sample.ts', 'export const y = 1;\n'.repeat(1) + '//\n'.repeat(320))).toEqual([
    'max-lines',
  ]);
  expect(await broken('test/sample.ts', '//\n'.repeat(599))).toEqual(['max-lines']);
  expect(await broken('test/sample.ts', '//\n'.repeat(597))).toEqual([]);
  expect(await broken('src/sample.ts', '// TODO: later')).toEqual(['no-warning-comments']);
  expect(await broken('src/sample.ts', 'export const y = (x: any): number => x;')).toContain(
    '@typescript-eslint/no-explicit-any',
  );
});
