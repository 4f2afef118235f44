/**
 * @module What each setting of a policy means, in the words that stand above it in the code: read from the sources, so
 * that nobody has to write it twice.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** By path: `limits.rates[].per`. `folder`: that of schema.ts and settings/. */
export function settingWords(folder: string): ReadonlyMap<string, string> {
  const names = ['schema.ts', ...readdirSync(join(folder, 'settings')).map((name) => `settings/${name}`)];
  const constants = new Map(names.flatMap((name) => constantsIn(join(folder, name))));
  const root = constants.get('policySchema');
  if (root === undefined) throw new Error(`${folder} has no policySchema`);
  return new Map(wordsIn(root, constants, ''));
}

type Constants = ReadonlyMap<string, ts.Expression>;

function constantsIn(file: string): [string, ts.Expression][] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => [...statement.declarationList.declarations])
    .flatMap(({ name, initializer }): [string, ts.Expression][] =>
      initializer === undefined ? [] : [[name.getText(), initializer]],
    );
}

function wordsIn(expression: ts.Expression, constants: Constants, path: string): [string, string][] {
  return fieldsIn(expression, constants).flatMap((field): [string, string][] => {
    const at = `${path}${field.name.getText()}`;
    const words = wordsAbove(field);
    const value = ts.isShorthandPropertyAssignment(field)
      ? constants.get(field.name.getText())
      : field.initializer;
    const inner =
      value === undefined ? [] : wordsIn(value, constants, `${at}${isList(value, constants) ? '[]' : ''}.`);
    return [...(words === '' ? [] : [[at, words] as [string, string]]), ...inner];
  });
}

type Field = ts.PropertyAssignment | ts.ShorthandPropertyAssignment;

/** Of the object that is described, here or by a constant that is named here. */
function fieldsIn(expression: ts.Expression, constants: Constants): Field[] {
  let found: Field[] | undefined;
  const look = (node: ts.Node): void => {
    if (found !== undefined) return;
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('strictObject')) {
      const [shape] = node.arguments;
      if (shape !== undefined && ts.isObjectLiteralExpression(shape))
        found = shape.properties.filter(
          (one): one is Field => ts.isPropertyAssignment(one) || ts.isShorthandPropertyAssignment(one),
        );
    }
    const named = ts.isIdentifier(node) ? constants.get(node.text) : undefined;
    if (named !== undefined && named !== expression) look(named);
    ts.forEachChild(node, look);
  };
  look(expression);
  return found ?? [];
}

/** Of its object, or of a constant with one. */
function isList(expression: ts.Expression, constants: Constants): boolean {
  const text = expression.getText();
  const [list, object] = [text.indexOf('.array('), text.indexOf('strictObject')];
  if (object >= 0) return list >= 0 && list < object;
  const named = constants.get(/^\w+/u.exec(text)?.[0] ?? '');
  return list >= 0 || (named !== undefined && isList(named, constants));
}

function wordsAbove(node: ts.Node): string {
  const [first] = ts.getJSDocCommentsAndTags(node);
  if (first === undefined) return '';
  return (ts.getTextOfJSDocComment(first.comment) ?? '').replace(/\s+/gu, ' ').trim();
}
