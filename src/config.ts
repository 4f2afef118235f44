/**
 * @module Every setting, its default and its bounds: one zod object, read from the environment and from
 * the YAML file that `MAILWARDEN_CONFIG` names. `loadConfig` is a function; nothing is read at import.
 */
import { z } from 'zod';
import { fieldProblems } from './core/email/problem.js';
import { failoverTriggers, routeRule } from './core/delivery/route-schema.js';
import { DEFAULT_TRIGGERS } from './core/delivery/triggers.js';
import { duration } from './duration.js';
import { namesAt } from './config-names.js';
import { readConfigFile, shownField } from './config-file.js';
import { ConfigError } from './config-error.js';
import { withVariables, type Env, type Varied } from './config-variables.js';
import { providerSchema, withTypes } from './provider-config.js';
import { onUnknownSchema, unknownSchema } from './unknown-config.js';

export { ConfigError } from './config-error.js';
export type { ProviderConfig, ProviderConfigOf } from './provider-config.js';

const breakerTime = duration.refine((ms) => ms >= 10, 'must be at least 10ms');

const settingsSchema = z.strictObject({
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
      /**
       * Whether DNS is asked, before an email is accepted, if the domains of its recipients take mail; not where this
       * server's DNS knows only its own network.
       */
      checkDomains: z.boolean().default(true),
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
  sealKeys: z
    .array(
      z
        .string()
        .regex(
          /^[A-Za-z0-9_-]{1,40}:[A-Za-z0-9_-]{43}$/u,
          'must be a name, a colon and 32 bytes in base64url',
        ),
    )
    .default([]),
});

/** A route to a provider that is not there would keep its emails for ever. */
export const configSchema = settingsSchema.superRefine(({ providers, delivery }, context) => {
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

type ReadFile = (path: string) => string;

/** Settings that nobody has checked yet, and where each of them comes from. */
export interface ReadSettings extends Varied {
  /** What of them stands in the file. */
  inFile: ConfigInput;
  /** Such as `mailwarden.yaml:12` or `MAILWARDEN_SEAL_KEYS`. */
  placeOf: (field: string) => string;
}

/**
 * Reads the config: defaults, then the YAML file, then the environment. `readFile` is injected; it is
 * called for the file itself and for each value written as `file:PATH`.
 * @throws ConfigError that names the file, the line and the setting.
 */
export function loadConfig(env: Env, readFile: ReadFile, defaults: ConfigInput = {}): Config {
  const { settings, placeOf } = readSettings(env, readFile, defaults);
  return parseConfig(settings, placeOf);
}

/** The first half of `loadConfig`, for who has to know what comes from where. @throws ConfigError. */
export function readSettings(env: Env, readFile: ReadFile, defaults: ConfigInput = {}): ReadSettings {
  const name = env['MAILWARDEN_CONFIG'];
  const file = name ? readConfigFile(name, env, readFile) : undefined;
  const inFile = file?.settings ?? {};
  const varied = withVariables(layer(defaults, inFile), env);
  return {
    ...varied,
    inFile,
    placeOf: (field) => varied.variableOf(field) ?? file?.placeOf(asWritten(field, inFile)) ?? 'settings',
  };
}

/** Settings as a file would have them. `source`: where the error says that they stand. @throws ConfigError */
export function parseConfig(settings: ConfigInput, source: string | ReadSettings['placeOf']): Config {
  const given =
    settings.providers === undefined ? settings : { ...settings, providers: withTypes(settings.providers) };
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const { field = '', message = 'is not valid' } = fieldProblems(parsed.error)[0] ?? {};
  const names = issue?.code === 'unrecognized_keys' ? namesAt(settingsSchema, issue.path, given) : [];
  const words = names.length > 0 ? `unknown field; there are: ${names.join(', ')}` : message;
  const place = typeof source === 'string' ? source : source(field);
  throw new ConfigError([place, ...(field === '' ? [] : [shownField(field)]), words].join(': '));
}

/** Where the file has `provider`, the schema has `type`. */
const asWritten = (field: string, { providers }: ConfigInput): string =>
  field.replace(/^providers\[(\d+)\]\.type$/u, (type, index: string) => {
    const one: unknown = Array.isArray(providers) ? providers[Number(index)] : undefined;
    return typeof one === 'object' && one !== null && 'type' in one ? type : `providers[${index}].provider`;
  });

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
