/**
 * @module The file with the settings, before they are checked: YAML with `${VARIABLE}` and `file:PATH` in it, the only
 * ways in which a secret may stand there.
 */
import type { ConfigInput } from './config.js';
import { ConfigError } from './config-error.js';
import type { Env } from './config-variables.js';
import { PROVIDER_SECRETS } from './provider-config.js';
import { readYaml, type YamlFile } from './yaml-file.js';

export interface ConfigFile {
  settings: ConfigInput;
  /** `mailwarden.yaml:12`, of a setting such as `providers[0].apiKey`. */
  placeOf: (field: string) => string;
}

type ReadFile = (path: string) => string;

/** Reads the file, and each that a `file:PATH` in it names. @throws ConfigError with file, line and setting. */
export function readConfigFile(name: string, env: Env, readFile: ReadFile): ConfigFile {
  const { value, placeOf } = parsed(name, readFile);
  const settings = value ?? {};
  if (typeof settings !== 'object' || Array.isArray(settings))
    throw new ConfigError(`${name}: must be a YAML mapping of settings, such as "http: { port: 8025 }"`);
  const wrong: Wrong = (field, message) =>
    new ConfigError(`${placeOf(field)}: ${shownField(field)}: ${message}`);
  return { settings: substitute(settings, { env, readFile, wrong }, '') as ConfigInput, placeOf };
}

/** A key with anything else in it may be a key and a secret without the space between them: `apiKey:re_…`. */
export const shownField = (field: string): string => field.replace(/[^\w.[\]-].*$/su, '…');

function parsed(name: string, readFile: ReadFile): YamlFile {
  let text: string;
  try {
    text = readFile(name);
  } catch (error) {
    throw new ConfigError(`MAILWARDEN_CONFIG=${name}: ${(error as Error).message.split('\n')[0]}`);
  }
  try {
    return readYaml(text, name);
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

type Wrong = (field: string, message: string) => ConfigError;
interface Around {
  env: Env;
  readFile: ReadFile;
  wrong: Wrong;
}

/** Puts in what `${VAR}` and `file:PATH` stand for. */
function substitute(value: unknown, around: Around, at: string): unknown {
  if (Array.isArray(value)) return value.map((one, i) => substitute(one, around, `${at}[${i}]`));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, substitute(one, around, at ? `${at}.${key}` : key)]),
    );
  if (typeof value !== 'string') return value;
  if (value.startsWith('file:')) return readSecret(value.slice(5), around, at);
  if (isSecret(at, value)) throw around.wrong(at, 'is a secret; write it as ${VARIABLE} or file:PATH');
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/gu, (_, variable: string) => {
    const found = around.env[variable];
    if (found === undefined) throw around.wrong(at, `the environment has no ${variable}`);
    return found;
  });
}

/** Settings that are secret, and URLs with a password in them, where no part of it is a `${VAR}`. */
const isSecret = (at: string, value: string): boolean =>
  !/\$\{[A-Za-z_]/u.test(value) &&
  (/(^sealKeys\[|^client\.apiKey$)/u.test(at) ||
    PROVIDER_SECRETS.test(at) ||
    (/(^databaseUrl|\.url)$/u.test(at) && /\/\/[^/@]*:[^/@]+@/u.test(value)));

function readSecret(path: string, { readFile, wrong }: Around, at: string): string {
  try {
    return readFile(path).trim();
  } catch {
    throw wrong(at, `cannot read the file ${path}`);
  }
}
