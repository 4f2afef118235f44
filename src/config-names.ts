/** @module Which fields there are at a place of a schema, to be named where somebody wrote another. */
import { z } from 'zod';

interface Shape {
  properties?: Readonly<Record<string, Shape>>;
  items?: Shape;
  anyOf?: readonly Shape[];
  oneOf?: readonly Shape[];
  const?: unknown;
}

/** Of the object at `path` in `value`; empty where the schema knows none. */
export function namesAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let shape: Shape | undefined = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  let here = value;
  for (const part of path) {
    const inside = branchOf(shape, here);
    shape = typeof part === 'number' ? inside?.items : inside?.properties?.[String(part)];
    here = (here as Readonly<Record<PropertyKey, unknown>> | undefined)?.[part];
  }
  return Object.keys(branchOf(shape, here)?.properties ?? {});
}

/** Of several forms the one whose constants the value has: a provider's is its `type`. */
function branchOf(shape: Shape | undefined, value: unknown): Shape | undefined {
  const branches = shape?.oneOf ?? shape?.anyOf;
  if (branches === undefined) return shape;
  const has = value as Readonly<Record<string, unknown>> | undefined;
  return branches.find((branch) =>
    Object.entries(branch.properties ?? {}).every(
      ([name, one]) => one.const === undefined || one.const === has?.[name],
    ),
  );
}
