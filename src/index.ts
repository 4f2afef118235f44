/**
 * @module What the package offers to a program that runs a worker or a server of its own. Any new export
 * here is public API: named exports only. Workflows import from `mailwarden/workflow`, callers of a running
 * server from `mailwarden/client`.
 */
// Settings
export { configSchema, loadConfig, ConfigError, type Config, type ConfigInput } from './config.js';
export { createLog } from './log.js';
// The parts of a process, and the worker
export {
  closeProviders,
  openDoors,
  openProviders,
  openStore,
  openTemporal,
  openWorker,
  ringOf,
  type Doors,
  type Parts,
  type TemporalAccess,
} from './runtime.js';
export { createWorker, workflowsPath, type WorkerSetup } from './worker.js';
// On a worker of one's own
export {
  MailwardenPlugin,
  pluginConfig,
  type ElsewherePluginOptions,
  type HerePluginOptions,
  type MailwardenPluginOptions,
} from './plugin.js';
export type { Store } from './store/store.js';
export { serve, type RunningServer } from './server.js';
// Sealed requests, for direct starts
export { keyRing, SealError, type KeyRing } from './seal.js';
export { sealRequest as seal, type SealedStart, type SealOptions } from './seal-request.js';
// A provider of one's own
export {
  defineProvider,
  NotSent,
  type EmailToSend,
  type OwnAnswer,
  type OwnAttachment,
  type OwnEmail,
  type ProviderDefinition,
} from './providers/own/define.js';
export {
  WebhookRefused,
  type Capabilities,
  type Delivery,
  type HookRequest,
  type Provider,
  type Sought,
} from './providers/provider.js';
export type {
  HookReading,
  ProviderReport,
  Receipt,
  RecipientReceipt,
  RefusalReason,
} from './core/delivery/receipt.js';
// The words of the product
export type { EmailRequestInput } from './core/email/request.js';
export type { Outcome, View } from './core/email/view.js';
export type { Verdict, Check } from './core/policy/verdict.js';
export { Problem, type ProblemCode } from './errors.js';
