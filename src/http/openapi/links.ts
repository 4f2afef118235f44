/** @module From an answer to what can be asked next: the operations that take the id that it shows. */
import { operationEntries, pathFields } from '../../service/operations.js';
import type { AnswerSchemas, Json } from './schemas.js';
import { hasField } from './schemas.js';

/**
 * Links by operation, for an answer of the operation `name`. Operations of one noun take its id in a field of that
 * name, or of the noun's own (`{mailbox}`).
 */
export function linksOf(name: string, schema: Json, answers: AnswerSchemas): Json | undefined {
  const [noun = ''] = name.split('.');
  const isPage = hasField(schema, answers, 'items');
  if (!isPage && !hasField(schema, answers, 'id')) return undefined;
  const id = isPage ? '$response.body#/items/0/id' : '$response.body#/id';
  const next = operationEntries().flatMap(([other, { path }]) => {
    const [field, ...more] = pathFields(path);
    const takesIt = field === 'id' || `${field}es` === noun || `${field}s` === noun;
    if (!other.startsWith(`${noun}.`) || !takesIt || field === undefined || more.length > 0) return [];
    return [[other, { operationId: other, parameters: { [field]: id } }] as const];
  });
  return next.length === 0 ? undefined : Object.fromEntries(next);
}
