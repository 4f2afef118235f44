/**
 * @module Where each setting comes from: its default, the YAML file, the environment, a flag; the later wins.
 * Secrets are named, never shown.
 */
import { parseConfig, readSettings } from './config.js';
import type { Env } from './config-variables.js';
import { PROVIDER_SECRETS, withTypes } from './provider-config.js';

export interface Setting {
  /** Such as `http.port` or `providers[0].url`. */
  name: string;
  /** As text; `(secret)` for what must not be read over a shoulder. */
  value: string;
  /** `default`, `file`, the name of an environment variable, or a flag. */
  source: string;
}

type Leaves = ReadonlyMap<string, unknown>;

const SECRET = /^(databaseUrl|client\.apiKey)$|^sealKeys\[|^providers\[\d+\]\.url$/u;

const isSecret = (name: string): boolean => SECRET.test(name) || PROVIDER_SECRETS.test(name);

/**
 * Every setting as it is in force, in the order of the file that `init` writes. `flags`: settings that a flag
 * gave, and which. @throws ConfigError where the settings are not valid.
 */
export function settingsOf(
  env: Env,
  readFile: (path: string) => string,
  flags: Readonly<Record<string, string>> = {},
): Setting[] {
  const { inFile, settings, variableOf, placeOf } = readSettings(env, readFile);
  const written = leavesOf(inFile.providers ? { ...inFile, providers: withTypes(inFile.providers) } : inFile);
  // One webhookSecret alone is a list of one once it is read.
  const isWritten = (name: string): boolean => written.has(name) || written.has(name.replace(/\[0\]$/u, ''));
  return [...leavesOf(parseConfig(settings, placeOf))].map(([name, value]) => ({
    name,
    value: isSecret(name) ? '(secret)' : String(value),
    source: flags[name] ?? variableOf(name) ?? (isWritten(name) ? 'file' : 'default'),
  }));
}

/** A list that is empty is a leaf, too: it says that there is nothing. */
function leavesOf(value: unknown, at = ''): Leaves {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || (isList && value.length === 0))
    return new Map([[at, isList ? '[]' : value]]);
  return new Map(
    Object.entries(value).flatMap(([key, one]) => [
      ...leavesOf(one, isList ? `${at}[${key}]` : at === '' ? key : `${at}.${key}`),
    ]),
  );
}
