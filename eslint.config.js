/** @module How code is checked. The import arrows of DESIGN §5 are a table in scripts/lint/arrows.js. */
import tseslint from 'typescript-eslint';
import { arrows } from './scripts/lint/arrows.js';
import { kebabCase, moduleComment, testTitle } from './scripts/lint/names.js';

const mailwarden = {
  rules: { arrows, 'kebab-case': kebabCase, 'module-comment': moduleComment, 'test-title': testTitle },
};

const PRODUCT = ['src/**/*.ts', 'workflows/**/*.ts', 'activities/**/*.ts'];

/** The clock and chance come in as arguments: an answer must be the same on replay, and in a test. */
const DETERMINISM = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'take the time as an argument' },
    { object: 'Math', property: 'random', message: 'take the random value as an argument' },
    { object: 'performance', property: 'now', message: 'take the time as an argument' },
    { object: 'crypto', message: 'take hashes and random values as arguments' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
      message: 'take the time as an argument',
    },
    { selector: 'CallExpression[callee.name="Date"]', message: 'take the time as an argument' },
  ],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', '.mailwarden/', 'coverage/', 'test/histories/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { mailwarden },
    rules: {
      'mailwarden/arrows': 'error',
      'mailwarden/kebab-case': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Wrong about variables that a callback sets, and about answers of gRPC, whose types leave out null.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A function that implements a port is async because the port is, even where it awaits nothing.
      '@typescript-eslint/require-await': 'off',
      // Temporal's "defineUpdate<void, []>" says what a message carries, in full.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      'max-lines': ['error', { max: 320 }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      eqeqeq: 'error',
    },
  },
  {
    files: PRODUCT,
    rules: {
      'mailwarden/module-comment': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-console': 'error',
      'no-control-regex': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'only src/cli ends the process: throw instead' },
      ],
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  { files: ['src/core/**/*.ts', 'workflows/**/*.ts'], rules: DETERMINISM },
  {
    files: ['test/**/*.ts'],
    rules: {
      'mailwarden/test-title': 'error',
      'max-lines': ['error', { max: 600 }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What an answer holds is what a test is about: it reads JSON without a schema of its own.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // What the plugin puts around a user's workflows: see there why it is CommonJS.
    files: ['workflows/compose.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['**/*.{js,cjs}'], extends: [tseslint.configs.disableTypeChecked] },
);
