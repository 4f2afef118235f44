/** @module A user who registers our workflows without the help of the plugin. */
export * from '../../../workflows/index.js';
export { order } from './orders.js';
