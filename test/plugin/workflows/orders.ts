/** @module Workflows as a user of the plugin writes them: they send email, and do other things. */
import { ApplicationFailure, CancelledFailure, proxyActivities } from '@temporalio/workflow';
import { sendEmail, type Outcome, type SendOptions, type SendRequest } from '../../../workflows/index.js';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '5s' });

export async function order(request: SendRequest, options?: SendOptions): Promise<Outcome> {
  return await sendEmail(request, options);
}

/** How its call ended, as the caller's own code sees it. */
export async function cautiousOrder(request: SendRequest, options?: SendOptions): Promise<string> {
  try {
    return (await sendEmail(request, options)).status;
  } catch (error) {
    if (error instanceof CancelledFailure) return 'canceled';
    if (error instanceof ApplicationFailure) return error.type ?? 'no type';
    return `unexpected: ${String(error)}`;
  }
}

export async function greeting(name: string): Promise<string> {
  return await greet(name);
}
