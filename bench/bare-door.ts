/** @module The yardstick of a door: a route that takes JSON and starts the workflow, and nothing else. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { Hono } from 'hono';
import { submitUpdate } from '../workflows/messages.js';

export function bareDoor(client: Client): (request: Request) => Response | Promise<Response> {
  const app = new Hono();
  app.post('/', async (c) => {
    const request: unknown = await c.req.json();
    const submitted = await client.workflow.executeUpdateWithStart(submitUpdate, {
      updateId: 'submit',
      startWorkflowOperation: new WithStartWorkflowOperation('sendEmail', {
        ...{ workflowId: `bare_${randomUUID()}`, taskQueue: 'mailwarden', args: [request] },
        ...{ workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
      }),
    });
    return c.json(submitted);
  });
  return (request) => app.fetch(request);
}
