/**
 * @module A policy that somebody wrote as YAML: read, and where it is wrong, with the line, the field and what is allowed
 * there.
 */
import { z } from 'zod';
import { fieldProblems, type FieldProblem } from '../core/email/problem.js';
import type { Patch } from '../core/policy/patch.js';
import { policyPatchSchema } from '../core/policy/schema.js';
import { presets } from '../policy-presets.js';
import type { YamlFile } from '../yaml-file.js';
import { UsageError, type Io } from './io.js';
import { yamlAt } from './policy-group.js';

/** The name of a policy that comes with Mailwarden, a file, or `-` for standard input. @throws UsageError. */
export async function readPolicy(name: string, io: Io): Promise<Patch> {
  const preset = presets().find((one) => one.name === name);
  return preset?.document ?? policyIn(await yamlAt(name, io));
}

/** @throws UsageError that names all that is wrong, line by line. */
function policyIn({ value, placeOf }: YamlFile): Patch {
  const document = value ?? {};
  const checked = policyPatchSchema.safeParse(document);
  if (checked.success) return document as Patch;
  const lines = fieldProblems(checked.error).map(
    (one) => `${placeOf(one.field)}: ${one.field === '' ? 'the policy' : one.field}: ${mended(one)}`,
  );
  throw new UsageError(lines.join('\n'));
}

const mended = ({ field, message }: FieldProblem): string => {
  const names = message.startsWith('unknown field') ? namesBeside(field) : [];
  return names.length === 0 ? message : `unknown field; there are: ${names.join(', ')}`;
};

interface Shape {
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  propertyNames?: { enum?: string[] };
}

/** The fields that there are where this one is not: of `limits.houry`, those of `limits`. */
function namesBeside(field: string): string[] {
  const shape = z.toJSONSchema(policyPatchSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const path = field.split(/[.[\]]+/u).slice(0, -1);
  const around = path.reduce<Shape | undefined>((one, name) => inside(one, name), shape);
  return Object.keys(resolved(around)?.properties ?? {});
}

/** Null stands beside what is meant. */
const resolved = (shape: Shape | undefined): Shape | undefined =>
  shape?.anyOf?.find((one) => one.properties !== undefined || one.items !== undefined) ?? shape;

function inside(shape: Shape | undefined, name: string): Shape | undefined {
  const real = resolved(shape);
  return /^\d+$/u.test(name) ? real?.items : real?.properties?.[name];
}
