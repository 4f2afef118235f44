/** @module The policies that come with Mailwarden: policies/*.yaml, in a clone as in the package. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readYaml } from './yaml-file.js';

export interface Preset {
  name: string;
  /** YAML, with comments. */
  text: string;
  document: Record<string, unknown>;
}

/** From src/ as from dist/src/: the build copies policies/ beside dist/src. */
const FOLDER = fileURLToPath(new URL('../policies/', import.meta.url));

/** By name. */
export const presets = (): Preset[] =>
  readdirSync(FOLDER)
    .filter((file) => /^[a-z]+\.yaml$/u.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(`${FOLDER}${file}`, 'utf8');
      return { name: file.replace('.yaml', ''), text, document: documentOf(text, file) };
    });

const documentOf = (text: string, file: string): Record<string, unknown> =>
  (readYaml(text, file).value ?? {}) as Record<string, unknown>;
