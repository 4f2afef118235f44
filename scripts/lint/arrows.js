/**
 * @module Which part may import which (DESIGN §5): the table, and the ESLint rule that reads it.
 * test/layout/arrows.test.ts proves each arrow with an import that offends and one that does not.
 */
import path from 'node:path';

/**
 * Each arrow holds for the files under `folders`. `only`: an allow-list of what may be imported. `never`: what may
 * not. `types`: what may be imported, but as types only. Entries that end in `/` are folders, `npm:` are packages
 * (`npm:*` any, `npm:node:` Node's own), everything else is one file.
 */
export const ARROWS = [
  {
    folders: ['src/core/'],
    only: [
      ...['src/core/', 'npm:zod', 'npm:isemail', 'npm:tr46', 'npm:canonicalize', 'npm:luxon', 'npm:re2js'],
      'npm:disposable-email-domains-js',
    ],
    why: 'src/core is pure and runs in the workflow sandbox: only src/core and its pure libraries',
  },
  {
    folders: ['workflows/'],
    // @temporalio/common is what @temporalio/workflow itself is made of; search attribute keys are only there.
    only: ['workflows/', 'src/core/', 'npm:@temporalio/workflow', 'npm:@temporalio/common'],
    types: [
      'activities/interface.ts',
      // Loading these would carry zod or isemail into the sandbox bundle.
      'src/core/email/request.ts',
      'src/core/email/problem.ts',
      'src/core/email/address.ts',
      'src/core/policy/schema.ts',
      'src/core/policy/evaluate.ts',
      'src/core/policy/rules/',
    ],
    why: 'workflows run in the sandbox: only @temporalio/workflow, src/core and types',
  },
  {
    folders: ['src/http/', 'src/cli/', 'src/webhooks/', 'src/mcp/', 'src/review/'],
    never: ['src/store/', 'src/providers/', 'activities/'],
    types: ['src/store/store.ts'],
    why: 'a door calls operations of src/service; it never touches the store, providers or activities',
  },
  {
    // Of the operations table they carry nothing once built: see scripts/finish-build.js.
    folders: ['src/client.ts', 'src/client/', 'src/tools.ts', 'src/tools/'],
    only: [
      'src/client.ts',
      'src/client/',
      'src/tools/',
      'src/core/',
      'src/service/operations.ts',
      'npm:zod',
      'npm:eventsource-parser',
      'npm:standardwebhooks',
    ],
    types: ['src/errors.ts'],
    why: 'the client and the tools run wherever fetch does: no Node, no server',
  },
  {
    folders: ['src/service/'],
    never: [
      'src/providers/',
      'activities/',
      'src/http/',
      'src/cli/',
      'src/webhooks/',
      'src/mcp/',
      'src/review/',
    ],
    types: ['activities/interface.ts'],
    why: 'the service uses the store and the Temporal client; never providers, activities or doors',
  },
  {
    folders: ['src/providers/', 'src/store/'],
    never: [
      'src/service/',
      'src/http/',
      'src/cli/',
      'src/webhooks/',
      'src/mcp/',
      'src/review/',
      'activities/',
      'workflows/',
    ],
    why: 'ports know the core, not those who use them',
  },
  {
    folders: ['activities/'],
    never: ['src/service/', 'src/http/', 'src/cli/', 'src/webhooks/', 'src/mcp/', 'src/review/'],
    why: 'activities use the store and providers; never the service or a door',
  },
  {
    folders: ['src/', 'workflows/', 'activities/'],
    never: [
      'test/',
      'examples/',
      'scripts/',
      'bench/',
      'npm:vitest',
      'npm:fast-check',
      'npm:@temporalio/testing',
    ],
    why: 'what is shipped never imports what is not',
  },
];

/** Turns an import into a path from the root of the repository, or `npm:<package>`. */
function target(file, source) {
  if (source.startsWith('node:')) return 'npm:node:';
  if (!source.startsWith('.')) {
    const [scope = '', name = ''] = source.split('/');
    return `npm:${scope.startsWith('@') ? `${scope}/${name}` : scope}`;
  }
  return path.posix.join(path.posix.dirname(file), source).replace(/\.js$/u, '.ts');
}

const covers = (entries, found) =>
  (entries ?? []).some((entry) => (entry.endsWith('/') ? found.startsWith(entry) : found === entry));

/** Why this import is not allowed, or null. */
export function offence(file, source, isType) {
  const found = target(file, source);
  for (const arrow of ARROWS) {
    if (!covers(arrow.folders, file)) continue;
    if (covers(arrow.types, found)) {
      if (isType) continue;
      return `${arrow.why} (${found} may be imported with "import type" only)`;
    }
    if (arrow.only ? !covers(arrow.only, found) : covers(arrow.never, found))
      return `${arrow.why} (not ${found})`;
  }
  return null;
}

export const arrows = {
  meta: { type: 'problem', schema: [], messages: { offends: '{{why}}' } },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const check = (node, source, isType) => {
      const why = typeof source === 'string' ? offence(file, source, isType) : null;
      if (why !== null) context.report({ node, messageId: 'offends', data: { why } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source?.value, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source.value, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source.value, false),
      TSImportType: (node) => check(node, node.source?.value ?? node.argument?.literal?.value, true),
    };
  },
};
