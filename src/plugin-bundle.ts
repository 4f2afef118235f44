/**
 * @module MailwardenPlugin's share of a workflow bundle: the user's workflows and ours in one, the task queue of the
 * emails written into it, and a look at the names before anything runs.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { ConfigError } from './config.js';

/** Plain JavaScript in the sources and in the package alike. */
const COMPOSE = fileURLToPath(new URL('../workflows/compose.cjs', import.meta.url));
const OURS = dirname(COMPOSE);
/** What compose.cjs calls the user's workflows. */
const USER = '__mailwarden_user_workflows';

// webpack comes with the worker; its types are reached through the SDK's own, so that nobody needs it twice.
type Configuration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type Extension = Extract<NonNullable<Configuration['plugins']>[number], (compiler: never) => void>;
type Compiler = Parameters<Extension>[0];
type Compilation = Parameters<Parameters<Compiler['hooks']['compilation']['tap']>[1]>[0];
type Module = Parameters<Compilation['moduleGraph']['getExportsInfo']>[0];
type Logger = NonNullable<BundleOptions['logger']>;

/** Stands in every bundle made with the plugin; `taskQueue` is undefined where emails run in the bundle itself. */
export const markOf = (taskQueue: string | undefined): string =>
  `mailwarden-plugin:${encodeURIComponent(taskQueue ?? '')};`;

/** Takes ours into a bundle. The same twice is the same as once. */
export function composeBundle(options: BundleOptions, taskQueue: string | undefined): BundleOptions {
  const { workflowsPath, webpackConfigHook: before, logger = new DefaultLogger('WARN') } = options;
  if (workflowsPath === COMPOSE) return options;
  return {
    ...options,
    workflowsPath: COMPOSE,
    webpackConfigHook: (given) => {
      const config = before ? before(given) : given;
      const alias = config.resolve?.alias ?? {};
      return {
        ...config,
        resolve: {
          ...config.resolve,
          alias: Array.isArray(alias)
            ? [...alias, { name: USER, alias: workflowsPath, onlyModule: true }]
            : { ...alias, [`${USER}$`]: workflowsPath },
        },
        plugins: [...(config.plugins ?? []), (compiler: Compiler) => extend(compiler, taskQueue, logger)],
      };
    },
  };
}

function extend(compiler: Compiler, taskQueue: string | undefined, logger: Logger): void {
  new compiler.webpack.DefinePlugin({
    __MAILWARDEN_TASK_QUEUE__: JSON.stringify(taskQueue ?? ''),
    __MAILWARDEN_MARK__: JSON.stringify(markOf(taskQueue)),
  }).apply(compiler);
  compiler.hooks.compilation.tap('mailwarden', (compilation) => {
    // After webpack's own look at what each module exports.
    compilation.hooks.finishModules.tapPromise({ name: 'mailwarden', stage: 1_000 }, async (modules) => {
      lookForClashes(compilation, modules, taskQueue, logger);
    });
  });
}

/** @throws ConfigError where a workflow of the user's has the one name that is ours everywhere. */
function lookForClashes(
  compilation: Compilation,
  modules: Iterable<Module>,
  taskQueue: string | undefined,
  logger: Logger,
): void {
  const { moduleGraph } = compilation;
  const compose = [...modules].find((one) => fileOf(one) === COMPOSE);
  const wanted = compose?.dependencies.find((one) => 'request' in one && one.request === USER);
  const user = wanted && moduleGraph.getModule(wanted);
  if (!user) return;
  const names = moduleGraph.getExportsInfo(user);
  const isTheirs = (name: string): boolean => {
    if (names.isExportProvided(name) !== true) return false;
    const from = names.getExportInfo(name).getTarget(moduleGraph)?.module;
    return from === undefined || dirname(fileOf(from) ?? '') !== OURS;
  };
  if (isTheirs('mailwarden.sendEmail'))
    throw new ConfigError(
      'your workflows export mailwarden.sendEmail, which is a workflow of Mailwarden: give yours another name',
    );
  if (taskQueue === undefined && isTheirs('sendEmail'))
    logger.warn(
      'your workflows export sendEmail, so that name stays yours: the workflow of Mailwarden is mailwarden.sendEmail only',
    );
}

const fileOf = (module: Module): string | undefined =>
  'resource' in module && typeof module.resource === 'string' ? module.resource : undefined;
