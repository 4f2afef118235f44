/** @module The environment variables that set something: what each of them sets, and that it wins over the file. */
import type { ConfigInput } from './config.js';
import { withTypes } from './provider-config.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Varied {
  settings: ConfigInput;
  /** The variable that a setting such as `providers[0].url` has its value from. */
  variableOf: (field: string) => string | undefined;
}

/** Lays them over `settings`, which nobody has checked yet. */
export function withVariables(settings: ConfigInput, env: Env): Varied {
  const merged = { ...settings };
  const set: [field: RegExp, variable: string][] = [];
  const given = (variable: string, field: RegExp): string | undefined => {
    if (env[variable]) set.push([field, variable]);
    return env[variable] || undefined;
  };
  const url = given('MAILWARDEN_URL', /^client\.url$/u);
  if (url) merged.client = { ...merged.client, url };
  const apiKey = given('MAILWARDEN_API_KEY', /^client\.apiKey$/u);
  if (apiKey) merged.client = { ...merged.client, apiKey };
  const databaseUrl = given('DATABASE_URL', /^databaseUrl$/u);
  if (databaseUrl) merged.databaseUrl = databaseUrl;
  const sealKeys = given('MAILWARDEN_SEAL_KEYS', /^sealKeys\b/u);
  if (sealKeys) merged.sealKeys = sealKeys.split(',');
  if (env['MAILWARDEN_SMTP_URL'] && isProviders(merged.providers)) {
    const all = withTypes(merged.providers ?? []) as NonNullable<ConfigInput['providers']>;
    const found = all.findIndex((one) => one.name === 'smtp');
    const index = found < 0 ? all.length : found;
    const own = found < 0 ? '(name|type|url)' : 'url';
    const smtp = {
      ...{ name: 'smtp', type: 'smtp' as const },
      url: given('MAILWARDEN_SMTP_URL', new RegExp(`^providers\\[${index}\\]\\.${own}$`, 'u')),
    };
    const secret = given(
      'MAILWARDEN_SMTP_WEBHOOK_SECRET',
      new RegExp(`^providers\\[${index}\\]\\.webhookSecret\\b`, 'u'),
    );
    const mine = { ...smtp, ...(secret && { webhookSecret: secret }) };
    // What else the file says of it stays: its place, its limits, how it signs.
    merged.providers = all.toSpliced(index, 1, found < 0 ? mine : { ...all[found], ...mine });
  }
  return {
    settings: merged,
    variableOf: (field) => set.find(([pattern]) => pattern.test(field))?.[1],
  };
}

/** The providers are checked by the schema; here they only have to be something that one can be added to. */
const isProviders = (providers: unknown): providers is { name?: unknown }[] | undefined =>
  providers === undefined ||
  (Array.isArray(providers) && providers.every((one) => typeof one === 'object' && one !== null));
