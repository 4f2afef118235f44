/** @module What the rules allow goes out, however it was asked for. */
import { Client, Connection } from '@temporalio/client';
import type { Outcome } from '../../../src/core/email/view.js';
import type { Report } from '../report.js';
import type { Scene } from '../scene.js';

export async function allowed(scene: Scene, report: Report): Promise<void> {
  const { primary } = scene.relays;

  await report.step('allowed, asked for by HTTP', async (proof) => {
    const { status, body } = await scene.send('one');
    proof.equal('HTTP answer', status, 202);
    await scene.arrives('one');
    await scene.reaches(body.id, 'sent');
    proof.equal('delivery report', await scene.webhook('delivered', body.id), 200);
    await scene.reaches(body.id, 'delivered');
    proof.equal('received by SMTP', primary.withSubject('one').length, 1);
    return { id: body.id, status: 'delivered' };
  });

  await report.step('allowed, started straight with the Temporal client', async (proof) => {
    const connection = await Connection.connect({ address: scene.ready.temporal });
    const client = new Client({ connection });
    const handle = await client.workflow.start('sendEmail', {
      taskQueue: 'mailwarden',
      workflowId: `demo-${Date.now()}`,
      args: [
        {
          mailbox: scene.ready.mailbox,
          to: 'bob@example.com',
          subject: 'two',
          text: 'Straight from an orchestrator.',
        },
      ],
    });
    await scene.arrives('two');
    await scene.reaches(handle.workflowId, 'sent');
    await scene.webhook('delivered', handle.workflowId);
    const outcome = (await handle.result()) as Outcome;
    await connection.close();
    proof.equal('result of the workflow', outcome.status, 'delivered');
    proof.equal('received by SMTP', primary.withSubject('two').length, 1);
    return { id: handle.workflowId, status: outcome.status };
  });
}
