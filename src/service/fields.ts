/**
 * @module The fields of an operation's input as a flag or a query parameter sees them: read off its
 * schema, so that a new field is a new flag.
 */
import { z } from 'zod';
import type { Operation } from './operations.js';

/** `list`: may be given more than once. `json`: what text can't say. `mixed`: a text, or JSON. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'list' | 'json' | 'mixed';

export interface Field {
  name: string;
  kind: FieldKind;
  required: boolean;
  /** The only values, where there are few. */
  choices?: string[];
}

interface Shape {
  type?: string;
  enum?: unknown[];
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
}

export function fieldsOf({ input }: Pick<Operation, 'input'>): Field[] {
  const shape = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Shape;
  return Object.entries(shape.properties ?? {}).map(([name, one]) => ({
    name,
    ...kindOf(one),
    required: shape.required?.includes(name) ?? false,
  }));
}

function kindOf(shape: Shape): { kind: FieldKind; choices?: string[] } {
  const options = (shape.anyOf ?? [shape]).filter((one) => one.type !== 'null');
  const [only] = options;
  if (options.length === 1 && only) return simple(only);
  const kinds = options.map(kindOf);
  const list = kinds.find((one) => one.kind === 'list');
  if (list) return list;
  return { kind: kinds.some((one) => one.kind === 'text' || one.kind === 'mixed') ? 'mixed' : 'json' };
}

function simple(shape: Shape): { kind: FieldKind; choices?: string[] } {
  if (shape.anyOf) return kindOf(shape);
  if (shape.enum?.every((one) => typeof one === 'string')) return { kind: 'text', choices: shape.enum };
  switch (shape.type) {
    case 'string':
      return { kind: 'text' };
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array':
      return shape.items ? listOf(shape.items) : { kind: 'json' };
    default:
      return { kind: 'json' };
  }
}

function listOf(items: Shape): { kind: FieldKind; choices?: string[] } {
  if (items.anyOf) return { kind: 'list' };
  const { kind, choices } = simple(items);
  return kind === 'text' ? { kind: 'list', ...(choices && { choices }) } : { kind: 'json' };
}
