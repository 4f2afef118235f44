/** @module A user whose own workflow is called `sendEmail`, long before this package came. */
import { sendEmail as byMailwarden, type SendOptions, type SendRequest } from '../../../workflows/index.js';

export async function sendEmail(request: SendRequest, options?: SendOptions): Promise<string> {
  const outcome = await byMailwarden(request, options);
  return `mine: ${outcome.status}`;
}
