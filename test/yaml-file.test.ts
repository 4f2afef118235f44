/** @module YAML that people write: where each part of it stands, and errors that quote nothing. */
import { expect, test } from 'vitest';
import { readYaml } from '../src/yaml-file.js';

const TEXT = `base: &base
  name: a
  hosts: [x.example,
          y.example]
a.b:
  c: 1
rules:
  - *base
  - name: "b"
  - only
`;

test.each([
  ['base', 1],
  ['base.hosts', 3],
  ['base.hosts[1]', 4],
  ['base.hosts[7]', 3],
  ['a.b', 5],
  ['a.b.c', 6],
  ['rules[0]', 8],
  ['rules[0].hosts[1]', 4],
  ['rules[1].name', 9],
  ['rules[1].weight', 9],
  ['rules[2].name', 10],
  ['rules.name', 7],
])('%s stands on line %i', (field, line) => {
  expect(readYaml(TEXT, 'p.yaml').placeOf(field)).toBe(`p.yaml:${line}`);
});

test('of what is not there the file alone is named, whatever the field is called', () => {
  const { placeOf, value } = readYaml('"": &a { "": *a }\n', 'p.yaml');
  for (const field of ['', 'x', '.', '..', '[0]', '.[0]', '[[', '__proto__', 'constructor'])
    expect(placeOf(field)).toBe('p.yaml');
  expect(Object.keys(value as object)).toEqual(['']);
  expect(readYaml('', 'p.yaml')).toMatchObject({ value: null });
});

test('a long key that was cut for an error is found by what is left of it', () => {
  expect(readYaml(`a: 1\n${'k'.repeat(100)}: 2\n`, 'p.yaml').placeOf('k'.repeat(80))).toBe('p.yaml:2');
});

test('keys are text, whatever they look like', () => {
  const { value, placeOf } = readYaml('x: 1\n1: a\ntrue: b\n', 'p.yaml');
  expect(value).toEqual({ x: 1, '1': 'a', true: 'b' });
  expect(placeOf('true')).toBe('p.yaml:3');
});

test.each([
  ['a list that does not end', 'http: [', 1, 'Flow sequence'],
  ['a tab', 'a:\n\tb: 1', 2, 'Tabs are not allowed'],
  ['a key twice', 'a: 1\nb: 2\na: hunter2', 3, 'Map keys must be unique'],
  ['a quote that does not end', 'a: 1\nb: "hunter2', 2, 'Missing closing'],
  ['a tag', 'a: 1\nb: !hunter2 x', 2, 'tags are not understood'],
  ['a tag in full', 'a: 1\nb: !<hunter2> x', 2, 'tags are not understood'],
  ['an alias without its anchor', 'a: 1\nb: *hunter2', 2, 'an alias without its anchor'],
  ['a directive', '%hunter2\n---\na: 1', 1, 'directives are not understood'],
  ['an escape', 'a: 1\nb: "\\hunter2"', 2, 'an escape that there is not'],
  ['a second document', 'a: 1\n---\nb: hunter2', 2, 'more than one document'],
  ['a key that is a list', 'a: 1\n? [hunter2]\n: 1', 2, 'a key that is no text'],
  ['a block with more in its head', 'a: 1\nb: |x hunter2\n  c', 2, 'Block scalar header'],
  ['a character that begins no text', 'a: 1\nb: @hunter2', 2, 'Plain value cannot start'],
  ['text after a value', 'a: 1\nb: "x" hunter2', 2, 'Unexpected scalar'],
])('%s is said with its line, and nothing of it is quoted', (_, text, line, words) => {
  const said = problemOf(text);
  expect(said).toContain(`p.yaml:${line}: is not valid YAML: ${words}`);
  expect(said).not.toMatch(/hunter2|\n/u);
});

test('aliases that would fill the memory are refused', () => {
  const lists = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
  );
  expect(problemOf(`l0: &l0 [x]\n${lists.join('\n')}`)).toBe(
    'p.yaml: is not valid YAML: its aliases stand for too much',
  );
});

function problemOf(text: string): string {
  try {
    readYaml(text, 'p.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return (error as Error).message;
  }
  throw new Error('nothing is wrong with it');
}
