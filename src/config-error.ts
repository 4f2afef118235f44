/** @module What is thrown where a setting is wrong. */

/** A setting is wrong: where it stands, which one, and how to mend it. Never its value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
