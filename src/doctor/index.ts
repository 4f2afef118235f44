/**
 * @module `mailwarden doctor`: looks at everything that an email needs on its way, and says of each that is not
 * well how to mend it. It changes nothing, and sends nothing.
 */
import { ConfigError, type Config } from '../config.js';
import { queueOf, withRateLimit } from '../queue-workers.js';
import { closeProviders, openProviders, type TemporalAccess } from '../runtime.js';
import { openPostgres } from '../store/index.js';
import { checkDatabase } from './database.js';
import { failed, ok, skipped, type Finding } from './finding.js';
import { checkProviders } from './providers.js';
import { checkServer } from './server.js';
import { checkTemporal } from './temporal.js';

export type { Finding } from './finding.js';

export interface DoctorDeps {
  config: Config;
  /** The server's URL is one that somebody chose. */
  hasUrl: boolean;
  openTemporal: () => TemporalAccess;
  fetch: typeof fetch;
  clock: () => Date;
  log: Parameters<typeof openProviders>[1];
  /** Such as `20.19.0`. */
  nodeVersion: string;
}

export async function diagnose(deps: DoctorDeps): Promise<Finding[]> {
  const found = await Promise.all([
    temporal(deps),
    database(deps),
    providers(deps),
    checkServer({
      ...{ fetch: deps.fetch, clock: deps.clock, isDefault: !deps.hasUrl },
      ...{ url: deps.config.client.url, apiKey: deps.config.client.apiKey },
    }),
  ]);
  return [nodeVersion(deps.nodeVersion), sealKeys(deps.config), ...found.flat()];
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', version);
  return failed('node', `${version} is too old`, 'install Node 20.19 or later');
}

function sealKeys({ sealKeys: keys, databaseUrl }: Config): Finding {
  const check = 'seal keys';
  if (keys.length > 0) return ok(check, `${keys.length}: the first seals, all of them open`);
  if (databaseUrl === undefined) return skipped(check, '`mailwarden dev` makes its own');
  return failed(
    check,
    'none is set: requests could not be sealed, so nothing would start',
    `export MAILWARDEN_SEAL_KEYS="k1:$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')", the same for every process`,
  );
}

async function temporal({ openTemporal, config, clock }: DoctorDeps): Promise<Finding[]> {
  const access = openTemporal();
  try {
    const { taskQueue } = config;
    const deliveryQueues = withRateLimit(config.providers).map(({ name }) => queueOf(taskQueue, name));
    return await checkTemporal({ ...access, taskQueue, deliveryQueues, clock });
  } finally {
    await access.close().catch(() => undefined);
  }
}

async function database({ config, clock }: DoctorDeps): Promise<Finding[]> {
  if (config.databaseUrl === undefined)
    return [skipped('database', 'DATABASE_URL is not set; `mailwarden dev` brings its own')];
  const db = openPostgres(config.databaseUrl, { max: 1 });
  try {
    return await checkDatabase(db, clock);
  } finally {
    await db.destroy().catch(() => undefined);
  }
}

async function providers({ config, log }: DoctorDeps): Promise<Finding[]> {
  if (config.providers.length === 0 && config.databaseUrl === undefined)
    return [skipped('providers', 'none is set; `mailwarden dev` has its inbox')];
  try {
    const all = openProviders(config, log);
    try {
      return await checkProviders(config.providers.flatMap(({ name }) => all.get(name) ?? []));
    } finally {
      await closeProviders(all);
    }
  } catch (error) {
    if (error instanceof ConfigError)
      return [failed('providers', error.message, 'correct it in mailwarden.yaml')];
    throw error;
  }
}
