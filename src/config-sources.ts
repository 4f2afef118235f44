/**
 * @module Where each setting comes from: its default, the YAML file, the environment, a flag; the later wins.
 * Secrets are named, never shown.
 */
import { loadConfig, settingsInFile } from './config.js';
import { PROVIDER_SECRETS } from './provider-config.js';

export interface Setting {
  /** Such as `http.port` or `providers[0].url`. */
  name: string;
  /** As text; `(secret)` for what must not be read over a shoulder. */
  value: string;
  /** `default`, `file`, the name of an environment variable, or a flag. */
  source: string;
}

type Env = Readonly<Record<string, string | undefined>>;
type Leaves = ReadonlyMap<string, unknown>;

/** The variables that set something, and what. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  DATABASE_URL: /^databaseUrl$/u,
  MAILWARDEN_URL: /^client\.url$/u,
  MAILWARDEN_API_KEY: /^client\.apiKey$/u,
  MAILWARDEN_SEAL_KEYS: /^sealKeys\b/u,
};

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
  const inFile = leavesOf(settingsInFile(env, readFile));
  const fromVariable = providerOfVariable(loadConfig(env, readFile).providers, env);
  return [...leavesOf(loadConfig(env, readFile))].map(([name, value]) => ({
    name,
    value: isSecret(name) ? '(secret)' : String(value),
    source:
      flags[name] ?? variableOf(name, env) ?? fromVariable(name) ?? (inFile.has(name) ? 'file' : 'default'),
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

const variableOf = (name: string, env: Env): string | undefined =>
  Object.keys(VARIABLES).find((variable) => env[variable] && VARIABLES[variable]?.test(name));

/** `MAILWARDEN_SMTP_URL` makes a whole provider. */
function providerOfVariable(
  providers: readonly { name: string }[],
  env: Env,
): (name: string) => string | undefined {
  const index = providers.findIndex((one) => one.name === 'smtp');
  return (name) =>
    env['MAILWARDEN_SMTP_URL'] && name.startsWith(`providers[${index}].`) ? 'MAILWARDEN_SMTP_URL' : undefined;
}
