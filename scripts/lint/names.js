/**
 * @module Local ESLint rules about names and heads: kebab-case files, an `@module` comment that says what a file
 * owns, and test titles that promise instead of wishing.
 */
import path from 'node:path';

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/u;

export const kebabCase = {
  meta: { type: 'problem', schema: [], messages: { name: 'name the file in kebab-case, not "{{name}}"' } },
  create(context) {
    const name = path.basename(context.filename);
    return {
      Program(node) {
        if (!KEBAB.test(name)) context.report({ node, messageId: 'name', data: { name } });
      },
    };
  },
};

export const moduleComment = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { missing: 'begin the file with a comment "/** @module …" that says what it owns' },
  },
  create(context) {
    return {
      Program(node) {
        const [first] = context.sourceCode.getAllComments().filter((one) => one.type === 'Block');
        const starts = first !== undefined && first.range[0] <= (node.body[0]?.range[0] ?? Infinity);
        if (!starts || !first.value.includes('@module')) context.report({ node, messageId: 'missing' });
      },
    };
  },
};

const TESTS = new Set(['test', 'it', 'describe', 'verifies']);

/** The name of what is called: `test`, `test.each`, `test.each([])`, `test.skipIf(x)`. */
function calleeName(callee) {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return calleeName(callee.object);
  if (callee.type === 'CallExpression') return calleeName(callee.callee);
  return '';
}

const textOf = (node) =>
  node.type === 'Literal' && typeof node.value === 'string'
    ? node.value
    : node.type === 'TemplateLiteral'
      ? node.quasis.map((one) => one.value.raw).join(' ')
      : '';

export const testTitle = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { should: 'a test title is a promise: say what is, without "should"' },
  },
  create(context) {
    return {
      CallExpression(node) {
        if (!TESTS.has(calleeName(node.callee))) return;
        for (const argument of node.arguments.slice(0, 2))
          if (/\bshould\b/iu.test(textOf(argument))) context.report({ node: argument, messageId: 'should' });
      },
    };
  },
};
