/** @module Settings: defaults, then the file, then the environment; a wrong one is named. */
import { expect, test } from 'vitest';
import { ConfigError, loadConfig, parseConfig, type Config, type ConfigInput } from '../src/config.js';
import { settingsOf } from '../src/config-sources.js';
import { verifies } from './support/requirements.js';

type Files = Record<string, string>;

function load(files: Files = {}, env: Record<string, string> = {}, defaults: ConfigInput = {}): Config {
  const settings = 'mw.yaml' in files ? { MAILWARDEN_CONFIG: 'mw.yaml' } : {};
  const read = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  };
  return loadConfig({ ...settings, ...env }, read, defaults);
}
const yaml = (text: string, env: Record<string, string> = {}, others: Files = {}): Config =>
  load({ 'mw.yaml': text, ...others }, env);

test('with nothing set every setting has its default', () => {
  expect(load()).toEqual({
    http: {
      ...{ host: '127.0.0.1', port: 8025, allowedHosts: [], insecure: false },
      ...{
        rateLimit: { perSecond: 50, burst: 100 },
        corsOrigins: [],
        trustProxy: false,
        maxConnections: 1024,
      },
    },
    client: { url: 'http://127.0.0.1:8025' },
    taskQueue: 'mailwarden',
    providers: [],
    approval: { signals: 'signed' },
    delivery: {
      ...{
        roundBackoff: [60_000, 300_000, 900_000, 1_800_000, 3_600_000],
        giveUpAfter: 86_400_000,
        routes: [],
      },
      checkDomains: true,
      failoverTriggers: ['5xx_errors', 'timeout', 'rate_limit_exceeded', 'quota', 'config'],
      breaker: { failures: 5, within: 60_000, openFor: 30_000, longest: 600_000 },
      onUnknown: { transactional: 'hold', conversational: 'hold', commercial: 'hold' },
      unknown: {
        ...{ lookups: [60_000, 300_000, 900_000], retries: [60_000, 300_000, 900_000] },
        ...{ alertAfter: 900_000, deadline: 86_400_000, interval: 5_000 },
      },
    },
    feedback: { window: 259_200_000 },
    bounceHandling: {
      hardBounces: 'suppress_immediately',
      softBounces: { maxRetries: 3, backoffMinutes: [15, 60, 240], suppressAfter: 3 },
      complaints: 'suppress_and_investigate',
    },
    dedupe: { window: 600_000 },
    events: { interval: 200, keepFor: 30 * 86_400_000 },
    webhooks: { allowPrivate: false, interval: 200, timeout: 15_000 },
    sweep: { interval: 60_000, quietFor: 120_000 },
    sealKeys: [],
  });
});

test('what is done about an unknown outcome is set by category, and its lookups rise', () => {
  const delivery = (settings: ConfigInput['delivery']) => parseConfig({ delivery: settings }, 'x').delivery;
  expect(delivery({ onUnknown: { commercial: 'failover' } }).onUnknown).toEqual({
    ...{ transactional: 'hold', conversational: 'hold', commercial: 'failover' },
  });
  expect(() => delivery({ unknown: { lookups: ['5m', '1m'] } })).toThrow(
    'delivery.unknown.lookups: must rise',
  );
  expect(() => delivery({ onUnknown: { commercial: 'resend' as never } })).toThrow(
    'delivery.onUnknown.commercial',
  );
});

test('a file is laid over the defaults of whoever starts, setting by setting', () => {
  const files = { 'mw.yaml': 'http:\n  publicUrl: https://mail.client.example\nfeedback: { window: 0s }\n' };
  const config = load(
    files,
    {},
    { http: { port: 9000 }, approval: { signals: 'any' }, feedback: { window: '1h' } },
  );
  expect(config.http).toMatchObject({
    port: 9000,
    publicUrl: 'https://mail.client.example',
    host: '127.0.0.1',
  });
  expect(config.approval.signals).toBe('any');
  expect(config.feedback.window).toBe(0);
});

test('an empty file sets nothing', () => {
  expect(yaml('')).toEqual(load());
  expect(yaml('# only a comment\n')).toEqual(load());
});

test.each([
  ['200ms', 200],
  ['30s', 30_000],
  ['1.5m', 90_000],
  ['72h', 259_200_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is %i milliseconds', (text, milliseconds) => {
  expect(yaml(`dedupe: { window: ${text} }`).dedupe.window).toBe(milliseconds);
});

test('the environment wins over the file', () => {
  const text = `
databaseUrl: postgres://file.example/db
providers:
  - { name: smtp, type: smtp, url: 'smtp://file.example' }
  - { name: second, type: smtp, url: 'smtp://second.example', failover: true }
`;
  const config = yaml(text, {
    DATABASE_URL: 'postgres://env.example/db',
    MAILWARDEN_SMTP_URL: 'smtps://user:pass@env.example',
    MAILWARDEN_SMTP_WEBHOOK_SECRET: 'whsec_0123456789abcdef',
  });
  expect(config.databaseUrl).toBe('postgres://env.example/db');
  expect(config.providers.map((one) => [one.name, 'url' in one && one.url, one.failover])).toEqual([
    ['smtp', 'smtps://user:pass@env.example', false],
    ['second', 'smtp://second.example', true],
  ]);
  expect(config.providers[0]).toMatchObject({
    weight: 100,
    webhookSecret: ['whsec_0123456789abcdef'],
    retry: { maximumAttempts: 3, initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
    timeouts: { startToClose: 120_000, scheduleToClose: 900_000 },
  });
});

test('a variable that sets a URL leaves everything else that the file says of that provider', () => {
  const text = `
providers:
  - { name: smtp, type: smtp, url: 'smtp://file.example', failover: true, weight: 7, rateLimit: { perSecond: 2 } }
  - { name: second, type: smtp, url: 'smtp://second.example' }
`;
  const { providers } = yaml(text, { MAILWARDEN_SMTP_URL: 'smtp://env.example' });
  expect(providers[0]).toMatchObject({
    ...{ name: 'smtp', url: 'smtp://env.example', failover: true, weight: 7, rateLimit: { perSecond: 2 } },
  });
});

test('seal keys come from the environment, the first one first', () => {
  const keys = ['a', 'b'].map((kid) => `${kid}:${Buffer.alloc(32, kid).toString('base64url')}`);
  expect(load({}, { MAILWARDEN_SEAL_KEYS: keys.join(',') }).sealKeys).toEqual(keys);
});

test('secrets come into the file by ${VAR} or file:', () => {
  const text = `
databaseUrl: postgres://user:\${DB_PASSWORD}@db.example/mail
providers:
  - name: smtp
    type: smtp
    url: file:/run/secrets/smtp
    webhookSecret: \${hook_secret}
`;
  const config = yaml(
    text,
    { DB_PASSWORD: 'pw$&1', hook_secret: 'whsec_0123456789abcdef' },
    { '/run/secrets/smtp': 'smtp://u:p@relay.example\n' },
  );
  expect(config.databaseUrl).toBe('postgres://user:pw$&1@db.example/mail');
  expect(config.providers[0]).toMatchObject({
    url: 'smtp://u:p@relay.example',
    webhookSecret: ['whsec_0123456789abcdef'],
  });
});

verifies(
  'secrets:nowhere/config',
  'a secret that stands in the file itself is refused, and not repeated',
  () => {
    for (const [text, setting] of [
      ['databaseUrl: postgres://user:hunter2hunter2@db.example/mail', 'databaseUrl'],
      [
        'providers: [{ name: a, type: smtp, url: "smtp://user:hunter2hunter2@relay.example" }]',
        'providers[0].url',
      ],
      [
        'providers: [{ name: a, type: smtp, url: "smtp://r.example", webhookSecret: whsec_hunter2hunter2 }]',
        'providers[0].webhookSecret',
      ],
      [`sealKeys: ["k1:${'h'.repeat(43)}"]`, 'sealKeys[0]'],
    ] as const) {
      const said = problemOf(text);
      expect(said).toBe(`mw.yaml:1: ${setting}: is a secret; write it as \${VARIABLE} or file:PATH`);
    }
    expect(yaml('databaseUrl: postgres://user@db.example/mail').databaseUrl).toBe(
      'postgres://user@db.example/mail',
    );
  },
);

function problemOf(text: string, env: Record<string, string> = {}): string {
  try {
    yaml(text, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error(`nothing is wrong with ${text}`);
}

const WRONG: [what: string, text: string, message: RegExp][] = [
  [
    'a setting that there is not',
    'http: { prot: 1 }',
    /^mw\.yaml:1: http\.prot: unknown field; there are: host, port, /u,
  ],
  [
    'a group that there is not',
    'htpp: { port: 1 }',
    /^mw\.yaml:1: htpp: unknown field; there are: http, client, /u,
  ],
  ['a port that is none', 'http: { port: 70000 }', /^mw\.yaml:1: http\.port: .*<=65535/u],
  [
    'a number where a duration stands',
    'feedback: { window: 72 }',
    /^mw\.yaml:1: feedback\.window: .*expected string/u,
  ],
  [
    'a duration without unit',
    'feedback: { window: "72" }',
    /^mw\.yaml:1: feedback\.window: must be a duration such as 30s/u,
  ],
  [
    'a duration beyond all time',
    `feedback: { window: ${'9'.repeat(400)}d }`,
    /^mw\.yaml:1: feedback\.window: .*<=12/u,
  ],
  [
    'a provider of no kind',
    'providers: [{ name: a, type: pigeon }]',
    /^mw\.yaml:1: providers\[0\]\.type: .*'smtp' \| 'capture'/u,
  ],
  [
    'a provider with a bad name',
    'providers: [{ name: "My SMTP", type: smtp }]',
    /^mw\.yaml:1: providers\[0\]\.name: must be lower-case/u,
  ],
  ['providers that are no list', 'providers: { name: a }', /^mw\.yaml:1: providers: .*expected array/u],
  ['a provider that is nothing', 'providers: [null]', /^mw\.yaml:1: providers\[0\]: .*expected object/u],
  [
    'signals that are none',
    'approval: { signals: maybe }',
    /^mw\.yaml:1: approval\.signals: .*"any"\|"signed"\|"off"/u,
  ],
  [
    'a variable that is not set',
    'databaseUrl: ${NOWHERE}',
    /^mw\.yaml:1: databaseUrl: the environment has no NOWHERE/u,
  ],
  [
    'a secret file that is not there',
    'databaseUrl: file:/nowhere',
    /^mw\.yaml:1: databaseUrl: cannot read the file \/nowhere/u,
  ],
  [
    'a reserved provider name',
    'providers: [{ name: signal, type: smtp }]',
    /^mw\.yaml:1: providers\[0\]\.name: is reserved/u,
  ],
  ['a list instead of settings', '- a', /^mw\.yaml: must be a YAML mapping/u],
  ['a text instead of settings', 'hello', /^mw\.yaml: must be a YAML mapping/u],
  ['no YAML', 'http: [', /^mw\.yaml:1: is not valid YAML: /u],
];
for (const [what, text, message] of WRONG)
  verifies(
    'input:clear-error/config',
    `${what} is named, with or without a provider in the environment`,
    () => {
      expect(problemOf(text)).toMatch(message);
      expect(problemOf(text, { MAILWARDEN_SMTP_URL: 'smtp://relay.example' })).toMatch(message);
    },
  );

verifies('input:clear-error/config', 'a file that is not there is named', () => {
  expect(() => load({}, { MAILWARDEN_CONFIG: 'gone.yaml' })).toThrow(/MAILWARDEN_CONFIG=gone\.yaml: ENOENT/u);
});

verifies('input:clear-error/config', 'a bad setting of the environment is named, and not repeated', () => {
  expect(() => load({}, { MAILWARDEN_SEAL_KEYS: 'hunter2' })).toThrow(
    /^MAILWARDEN_SEAL_KEYS: sealKeys\[0\]: must be a name, a colon and 32 bytes/u,
  );
  expect(() => load({}, { MAILWARDEN_SEAL_KEYS: 'hunter2' })).not.toThrow(/hunter2/u);
});

const FILE = `# settings
http:
  port: 9000
providers:
  - name: primary
    provider: postmark
    apiKey: \${TOKEN}
  - &relay
    name: backup
    provider: smtp
    url: 'smtp://backup.example'
delivery:
  routes:
    - providers: [{ provider: primary }, { provider: backup }]
`;
const PLACED: [what: string, from: string, to: string, problem: string][] = [
  ['a number', 'port: 9000', 'port: 70000', ':3: http.port: Too big: expected number to be <=65535'],
  [
    'a kind',
    'provider: smtp',
    'provider: pigeon',
    ":10: providers[1].type: Invalid discriminator value. Expected 'smtp'",
  ],
  [
    'a field of a provider',
    "url: 'smtp",
    "uri: 'smtp",
    ':11: providers[1].uri: unknown field; there are: name, weight, failover, rateLimit,',
  ],
  [
    'what is missing',
    '    apiKey: ${TOKEN}\n',
    '',
    ':5: providers[0].apiKey: Invalid input: expected string',
  ],
  [
    'a route',
    '{ provider: backup }',
    '{ provider: bakcup }',
    ':14: delivery.routes[0].providers[1].provider: there is no provider bakcup; there are: primary, backup',
  ],
  ['a variable', '${TOKEN}', '${TOKNE}', ':7: providers[0].apiKey: the environment has no TOKNE'],
  ['a secret', '${TOKEN}', 'hunter2hunter2', ':7: providers[0].apiKey: is a secret; write it as'],
  ['a second key', 'http:\n', 'http: {}\nhttp:\n', ':3: is not valid YAML: Map keys must be unique'],
  [
    'a key without its space',
    "    url: 'smtp://backup.example'",
    '    retry: { apiKey:hunter2hunter2 }',
    ':11: providers[1].retry.apiKey…: unknown field; there are: maximumAttempts,',
  ],
];
for (const [what, from, to, problem] of PLACED)
  verifies(
    'input:clear-error/config',
    `${what} that is wrong is told with its line and what is allowed, without a secret`,
    () => {
      const said = problemOf(FILE.replace(from, to), { TOKEN: 'hunter2hunter2' });
      expect(said.startsWith(`mw.yaml${problem}`) ? problem : said).toBe(problem);
      expect(said).not.toMatch(/hunter2/u);
    },
  );

verifies('input:clear-error/config', 'what a variable sets is told by its name, also beside a file', () => {
  const env = {
    TOKEN: 'x'.repeat(20),
    MAILWARDEN_SMTP_URL: 'smtp://r.example',
    MAILWARDEN_SMTP_WEBHOOK_SECRET: 'short',
  };
  expect(problemOf(FILE, env)).toMatch(/^MAILWARDEN_SMTP_WEBHOOK_SECRET: providers\[2\]\.webhookSecret: /u);
  expect(problemOf(FILE, { TOKEN: 'x'.repeat(20), MAILWARDEN_URL: 'here' })).toMatch(
    /^MAILWARDEN_URL: client\.url: must be a URL/u,
  );
});

test('the file is read once, also by who tells where each setting comes from', () => {
  let reads = 0;
  const read = (): string => {
    reads += 1;
    return FILE;
  };
  const env = { MAILWARDEN_CONFIG: 'mw.yaml', TOKEN: 'x'.repeat(20) };
  loadConfig(env, read);
  expect(reads).toBe(1);
  settingsOf(env, read);
  expect(reads).toBe(2);
});

test('routes name providers that are there, with the triggers that others use; anything else is said with its place', () => {
  const providers = [
    { name: 'primary', provider: 'postmark', apiKey: 'a secret token', weight: 80 },
    { name: 'backup', provider: 'smtp', url: 'smtp://backup.example', failover: true },
  ] as unknown as ConfigInput['providers'];
  const delivery = (route: object): ConfigInput =>
    ({
      providers,
      delivery: { routes: [{ providers: [{ provider: 'primary' }] }, route] },
    }) as ConfigInput;
  const good = {
    ...{ categories: ['commercial'], recipientDomains: ['x.example', '*.y.example'] },
    failoverTriggers: ['5xx_errors', 'timeout', 'rate_limit_exceeded'],
    providers: [
      { name: 'first', provider: 'primary', weight: 80 },
      { provider: 'backup', failover: true },
    ],
  };
  const parsed = parseConfig(delivery(good), 'x').delivery;
  expect(parsed.routes[1]).toMatchObject(good);
  expect(parsed.failoverTriggers).toEqual([
    '5xx_errors',
    'timeout',
    'rate_limit_exceeded',
    'quota',
    'config',
  ]);
  expect(parsed.breaker).toEqual({ failures: 5, within: 60_000, openFor: 30_000, longest: 600_000 });
  const wrong = (route: object) => () => parseConfig(delivery({ ...good, ...route }), 'mailwarden.yaml');
  expect(wrong({ providers: [{ provider: 'primary' }, { provider: 'nobody' }] })).toThrow(
    'mailwarden.yaml: delivery.routes[1].providers[1].provider: there is no provider nobody; there are: primary, backup',
  );
  expect(wrong({ failoverTriggers: ['5xx'] })).toThrow('delivery.routes[1].failoverTriggers[0]');
  expect(wrong({ recipientDomains: ['*'] })).toThrow(
    'delivery.routes[1].recipientDomains[0]: must be a domain',
  );
  expect(wrong({ providers: [{ provider: 'primary' }, { provider: 'primary' }] })).toThrow('twice');
});

const soft = (settings: object): Config['bounceHandling']['softBounces'] =>
  parseConfig({ bounceHandling: { softBounces: settings } }, 'x').bounceHandling.softBounces;

test.each([
  [{ maxRetries: 0 }],
  [{ maxRetries: 20 }],
  [{ backoffMinutes: [0.001] }],
  [{ backoffMinutes: Array.from({ length: 10 }, () => 10_080) }],
  [{ suppressAfter: 1 }],
  [{ suppressAfter: 100 }],
])('%j is within the bounds of soft bounces', (settings) => {
  expect(soft(settings)).toEqual({
    ...{ maxRetries: 3, backoffMinutes: [15, 60, 240], suppressAfter: 3 },
    ...settings,
  });
});

test.each([
  [{ maxRetries: -1 }, 'maxRetries: Too small: expected number to be >=0'],
  [{ maxRetries: 21 }, 'maxRetries: Too big: expected number to be <=20'],
  [{ maxRetries: 1.5 }, 'maxRetries: Invalid input: expected int'],
  [{ maxRetries: '3' }, 'maxRetries: Invalid input: expected number, received string'],
  [{ backoffMinutes: [] }, 'backoffMinutes: Too small: expected array to have >=1 items'],
  [
    { backoffMinutes: Array.from({ length: 11 }, () => 1) },
    'backoffMinutes: Too big: expected array to have <=10 items',
  ],
  [{ backoffMinutes: [15, 0] }, 'backoffMinutes[1]: Too small: expected number to be >0'],
  [{ backoffMinutes: [10_081] }, 'backoffMinutes[0]: Too big: expected number to be <=10080'],
  [{ backoffMinutes: 15 }, 'backoffMinutes: Invalid input: expected array'],
  [{ backoffMinutes: ['15m'] }, 'backoffMinutes[0]: Invalid input: expected number'],
  [{ backoffMinutes: [Infinity] }, 'backoffMinutes[0]: Invalid input: expected number'],
  [{ suppressAfter: 0 }, 'suppressAfter: Too small: expected number to be >=1'],
  [{ suppressAfter: 101 }, 'suppressAfter: Too big: expected number to be <=100'],
  [{ suppressAfter: NaN }, 'suppressAfter: Invalid input: expected number'],
  [{ maxRetry: 3 }, 'maxRetry: unknown field; there are: maxRetries, backoffMinutes, suppressAfter'],
])('%j is refused, with the bound', (settings, problem) => {
  expect(() => soft(settings)).toThrow(`x: bounceHandling.softBounces.${problem}`);
});

test('a hard bounce always suppresses, and a complaint at least that', () => {
  const handling = (settings: object): Config['bounceHandling'] =>
    parseConfig({ bounceHandling: settings }, 'x').bounceHandling;
  expect(handling({ hardBounces: 'suppress_immediately', complaints: 'suppress' })).toMatchObject({
    ...{ hardBounces: 'suppress_immediately', complaints: 'suppress' },
  });
  expect(() => handling({ hardBounces: 'ignore' })).toThrow(
    'hardBounces: Invalid input: expected "suppress_immediately"',
  );
  expect(() => handling({ complaints: 'ignore' })).toThrow(
    'complaints: Invalid option: expected one of "suppress_and_investigate"|"suppress"',
  );
});
