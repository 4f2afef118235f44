/** @module What the table says of its operations is true of their schemas. */
import { expect, test } from 'vitest';
import { fieldProblems } from '../../src/core/email/problem.js';
import { misplaced, operationEntries, pathFields } from '../../src/service/operations.js';

const each = operationEntries();

test.each(each)('%s is described, with an example that its schemas accept', (_, operation) => {
  const { description = '', example } = operation;
  expect(description.length).toBeGreaterThan(20);
  expect(description).toMatch(/\.$/u);
  const input = operation.input.safeParse(example?.input);
  expect(input.success ? [] : fieldProblems(input.error)).toEqual([]);
  const output = operation.output.safeParse(example?.output);
  expect(output.success ? [] : fieldProblems(output.error)).toEqual([]);
  // A member that the schema does not have would be shown by the document and never be answered.
  expect(output.data).toEqual(example?.output);
});

test.each(each)('%s has each field of its path and headers in its input', (_, operation) => {
  const given = Object.keys(operation.example?.input ?? {});
  // The short path is the example of who leaves a field out.
  if (operation.shortPath === undefined)
    expect(given).toEqual(expect.arrayContaining(pathFields(operation.path)));
  for (const [field, name] of Object.entries(operation.headers ?? {}))
    expect(misplaced(operation, field)).toContain(name);
});

test('what deletes says that it takes something away', () => {
  const deletes = each.filter(([, { method }]) => method === 'DELETE');
  expect(deletes.filter(([, { destructive }]) => destructive !== true)).toEqual([]);
});
