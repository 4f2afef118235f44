/** @module A user's workflow interceptors: they mark what they have seen. */
import type { WorkflowInterceptors } from '@temporalio/workflow';

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: async (input, next) => {
        const result = await next(input);
        return typeof result === 'object' ? { ...result, intercepted: true } : result;
      },
    },
  ],
});
