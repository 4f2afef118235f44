/**
 * @module Every setting, its default and its bounds: one zod object, read from the environment and from
 * the YAML file that `MAILWARDEN_CONFIG` names. `loadConfig` is a function; nothing is read at import.
 */
import { z } from 'zod';
import { parse as parseYaml } from 'yaml';
import { fieldProblems } from './core/email/problem.js';
import { failoverTriggers, routeRule } from './core/delivery/route-schema.js';
import { DEFAULT_TRIGGERS } from './core/delivery/triggers.js';
import { duration } from './duration.js';
import { PROVIDER_SECRETS, providerSchema, withTypes } from './provider-config.js';
import { onUnknownSchema, unknownSchema } from './unknown-config.js';

export type { ProviderConfig, ProviderConfigOf } from './provider-config.js';

const breakerTime = duration.refine((ms) => ms >= 10, 'must be at least 10ms');

const settings = z.strictObject({
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(8025),
      /** Host names besides the bound one that requests may name. */
      allowedHosts: z.array(z.string()).default([]),
      /** Where people reach the review page and API; default: the bound address. */
      publicUrl: z.url().optional(),
      tls: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
      /** Permits a public address without TLS. */
      insecure: z.boolean().default(false),
      /** Of each key, at each server process; what goes beyond it is answered 429. */
      rateLimit: z
        .strictObject({
          perSecond: z.number().positive().max(1_000_000).default(50),
          burst: z.number().int().min(1).max(1_000_000).default(100),
        })
        .prefault({}),
      /** Sites whose pages may call the API from a browser, such as https://app.example; none by default. */
      corsOrigins: z
        .array(z.string().regex(/^https?:\/\/[^\s/?#@]+$/u, 'must be an origin such as https://app.example'))
        .max(100)
        .default([]),
      /** A proxy in front puts the client's address last in X-Forwarded-For. */
      trustProxy: z.boolean().default(false),
      /** At once; further ones are closed. */
      maxConnections: z.number().int().min(1).max(1_000_000).default(1024),
    })
    .prefault({}),
  /** For the CLI and `mailwarden mcp`: which server they ask, and as whom. */
  client: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/u, error: 'must be a URL such as http://127.0.0.1:8025' })
        .default('http://127.0.0.1:8025'),
      apiKey: z
        .string()
        .regex(/^[!-~]{1,200}$/u, 'must be one line of ASCII without spaces; copy the key again')
        .optional(),
    })
    .prefault({}),
  databaseUrl: z.string().optional(),
  taskQueue: z.string().min(1).max(200).default('mailwarden'),
  providers: z.array(providerSchema).max(50).default([]),
  approval: z
    .strictObject({
      /** Which signals decide: any (the namespace is the trust boundary), signed ones, or none. */
      signals: z.enum(['any', 'signed', 'off']).default('signed'),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      /** Waits between rounds through a route that refused everywhere; the last one repeats. */
      roundBackoff: z.array(duration).min(1).prefault(['1m', '5m', '15m', '30m', '1h']),
      /** After this, what could not be sent is `failed`. */
      giveUpAfter: duration.prefault('24h'),
      onUnknown: onUnknownSchema,
      unknown: unknownSchema,
      /** The first that fits an email is its route; where none does, every provider. A mailbox's own route wins. */
      routes: z.array(routeRule).max(100).default([]),
      /** Which refusals let the next provider try, where a route does not say so itself. */
      failoverTriggers: failoverTriggers.default([...DEFAULT_TRIGGERS]),
      /** Of each provider and sending domain: while it is open, nothing but a probe goes there. */
      breaker: z
        .strictObject({
          /** So many in a row open it, */
          failures: z.number().int().min(1).max(100).default(5),
          /** where they come within this time. */
          within: breakerTime.prefault('60s'),
          /** How long it stays open the first time; each further time twice as long, */
          openFor: breakerTime.prefault('30s'),
          /** but never longer than this. */
          longest: breakerTime.prefault('10m'),
        })
        .prefault({}),
    })
    .prefault({}),
  feedback: z
    .strictObject({
      /** How long a sent email's workflow listens for reports; `0s` closes it at `sent`. */
      window: duration.prefault('72h'),
    })
    .prefault({}),
  bounceHandling: z
    .strictObject({
      /** There is no other way: a hard bounce stops the next email to that address. */
      hardBounces: z.literal('suppress_immediately').default('suppress_immediately'),
      softBounces: z
        .strictObject({
          /** How often one email is tried again at one recipient; after that its soft bounce is final. */
          maxRetries: z.number().int().min(0).max(20).default(3),
          /** Minutes before each of them; the last one repeats. */
          backoffMinutes: z.array(z.number().positive().max(10_080)).min(1).max(10).default([15, 60, 240]),
          /** The address is suppressed at this many final soft bounces in a row, over all emails. */
          suppressAfter: z.number().int().min(1).max(100).default(3),
        })
        .prefault({}),
      /** Whether a person is asked to look into a complaint; its address is suppressed in any case. */
      complaints: z.enum(['suppress_and_investigate', 'suppress']).default('suppress_and_investigate'),
    })
    .prefault({}),
  dedupe: z
    .strictObject({
      /** A send without a key is the same email as an equal one within this window. */
      window: duration.prefault('10m'),
    })
    .prefault({}),
  webhooks: z
    .strictObject({
      /** Whether endpoints may be http and at private addresses: only where all who can make one are trusted. */
      allowPrivate: z.boolean().default(false),
      /** How often a worker looks for deliveries. */
      interval: duration.refine((ms) => ms >= 10, 'must be at least 10ms').prefault('200ms'),
      /** How long an endpoint may take to answer. */
      timeout: duration.refine((ms) => ms >= 10 && ms <= 60_000, 'must be at most 1m').prefault('15s'),
    })
    .prefault({}),
  events: z
    .strictObject({
      /** How often a worker looks for events to publish, and a server for what was published. */
      interval: duration.refine((ms) => ms >= 10, 'must be at least 10ms').prefault('200ms'),
      /** Events are deleted when they are this old: so far back goes a replay. */
      keepFor: duration.refine((ms) => ms >= 3_600_000, 'must be at least 1h').prefault('30d'),
    })
    .prefault({}),
  sweep: z
    .strictObject({
      /** How often lost and stuck emails are looked for, by one worker of all. */
      interval: duration.refine((ms) => ms >= 50, 'must be at least 50ms').prefault('1m'),
      /** An email is looked at once nothing happened to it for this long, and again ever more seldom. */
      quietFor: duration.prefault('2m'),
    })
    .prefault({}),
  /** `kid:base64url(32 bytes)`; the first seals, all of them open. */
  sealKeys: z.array(z.string().regex(/^[A-Za-z0-9_-]{1,40}:[A-Za-z0-9_-]{43}$/u)).default([]),
});

/** A route to a provider that is not there would keep its emails for ever. */
export const configSchema = settings.superRefine(({ providers, delivery }, context) => {
  const known = providers.map((one) => one.name);
  for (const [i, route] of delivery.routes.entries())
    for (const [j, { provider }] of route.providers.entries())
      if (!known.includes(provider))
        context.addIssue({
          code: 'custom',
          path: ['delivery', 'routes', i, 'providers', j, 'provider'],
          message: `there is no provider ${provider}; there are: ${known.join(', ') || 'none'}`,
        });
});

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

/** A setting is wrong: which one, and how to mend it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the config: defaults, then the YAML file, then the environment. `readFile` is injected; it is
 * called for the file itself and for each value written as `file:PATH`.
 * @throws ConfigError that names the setting.
 */
export function loadConfig(env: Env, readFile: (path: string) => string, defaults: ConfigInput = {}): Config {
  const merged = withVariables(layer(defaults, settingsInFile(env, readFile)), env);
  return parseConfig(merged, env['MAILWARDEN_CONFIG'] ?? 'environment');
}

/** What stands in the file that `MAILWARDEN_CONFIG` names, before it is checked. @throws ConfigError. */
export function settingsInFile(env: Env, readFile: (path: string) => string): ConfigInput {
  const file = env['MAILWARDEN_CONFIG'];
  return file ? fileSettings(file, env, readFile) : {};
}

/** The environment wins over what is below it; src/config-sources.ts says the same to people. */
function withVariables(settings: ConfigInput, env: Env): ConfigInput {
  const merged = { ...settings };
  if (env['MAILWARDEN_URL']) merged.client = { ...merged.client, url: env['MAILWARDEN_URL'] };
  if (env['MAILWARDEN_API_KEY']) merged.client = { ...merged.client, apiKey: env['MAILWARDEN_API_KEY'] };
  if (env['DATABASE_URL']) merged.databaseUrl = env['DATABASE_URL'];
  if (env['MAILWARDEN_SEAL_KEYS']) merged.sealKeys = env['MAILWARDEN_SEAL_KEYS'].split(',');
  if (env['MAILWARDEN_SMTP_URL'] && isProviders(merged.providers)) {
    const smtp = { name: 'smtp', type: 'smtp' as const, url: env['MAILWARDEN_SMTP_URL'] };
    const secret = env['MAILWARDEN_SMTP_WEBHOOK_SECRET'];
    const set = { ...smtp, ...(secret && { webhookSecret: secret }) };
    const all = withTypes(merged.providers ?? []) as NonNullable<ConfigInput['providers']>;
    // What else the file says of it stays: its place, its limits, how it signs.
    const named = all.map((one) => (one.name === 'smtp' ? { ...one, ...set } : one));
    merged.providers = all.some((one) => one.name === 'smtp') ? named : [...all, set];
  }
  return merged;
}

/** Settings as a file would have them. `source` is where the error says that they stand. @throws ConfigError */
export function parseConfig(settings: ConfigInput, source: string): Config {
  const parsed = configSchema.safeParse(
    settings.providers === undefined ? settings : { ...settings, providers: withTypes(settings.providers) },
  );
  if (parsed.success) return parsed.data;
  const [first] = fieldProblems(parsed.error);
  throw new ConfigError(`${source}: ${first?.field || 'config'} ${first?.message ?? 'is not valid'}`);
}

/** One group of settings at a time: a file that sets one of a group keeps the defaults of the others. */
function layer(base: ConfigInput, over: ConfigInput): ConfigInput {
  const isGroup = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const groups = Object.entries(over).map(([name, value]: [string, unknown]) => {
    const below: unknown = base[name as keyof ConfigInput];
    return [name, isGroup(value) && isGroup(below) ? { ...below, ...value } : value];
  });
  return { ...base, ...(Object.fromEntries(groups) as ConfigInput) };
}

/** The providers are checked by the schema; here they only have to be something that one can be added to. */
const isProviders = (providers: unknown): providers is { name?: unknown }[] | undefined =>
  providers === undefined ||
  (Array.isArray(providers) && providers.every((one) => typeof one === 'object' && one !== null));

function fileSettings(file: string, env: Env, readFile: (path: string) => string): ConfigInput {
  const raw = readYaml(file, readFile);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new ConfigError(`${file}: must be a YAML mapping of settings, such as "http: { port: 8025 }"`);
  return substitute(raw, env, readFile, '') as ConfigInput;
}

function readYaml(path: string, readFile: (path: string) => string): unknown {
  try {
    return parseYaml(readFile(path)) ?? {};
  } catch (error) {
    throw new ConfigError(`MAILWARDEN_CONFIG=${path}: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** Replaces `${VAR}` and `file:PATH`, the only ways in which a secret may stand in the file. */
function substitute(value: unknown, env: Env, readFile: (path: string) => string, at: string): unknown {
  if (Array.isArray(value)) return value.map((one, i) => substitute(one, env, readFile, `${at}[${i}]`));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        substitute(one, env, readFile, at ? `${at}.${key}` : key),
      ]),
    );
  if (typeof value !== 'string') return value;
  if (value.startsWith('file:')) return readSecret(value.slice(5), readFile, at);
  if (isSecret(at, value)) throw new ConfigError(`${at}: is a secret; write it as \${VARIABLE} or file:PATH`);
  return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/gu, (_, variable: string) => {
    const found = env[variable];
    if (found === undefined) throw new ConfigError(`${at}: the environment has no ${variable}`);
    return found;
  });
}

/** Settings that are secret, and URLs with a password in them, where no part of it is a `${VAR}`. */
const isSecret = (at: string, value: string): boolean =>
  !/\$\{[A-Za-z_]/u.test(value) &&
  (/(^sealKeys\[|^client\.apiKey$)/u.test(at) ||
    PROVIDER_SECRETS.test(at) ||
    (/(^databaseUrl|\.url)$/u.test(at) && /\/\/[^/@]*:[^/@]+@/u.test(value)));

function readSecret(path: string, readFile: (path: string) => string, at: string): string {
  try {
    return readFile(path).trim();
  } catch {
    throw new ConfigError(`${at}: cannot read the file ${path}`);
  }
}
