/** @module Whatever is lost on the way, an email goes out once. */
import { sendAndRetry } from '../mcp.js';
import type { Report } from '../report.js';
import type { Scene } from '../scene.js';

export async function once(scene: Scene, report: Report): Promise<void> {
  const { primary } = scene.relays;

  await report.step('the same request twice: one email, one id', async (proof) => {
    const headers = { 'idempotency-key': 'order-4711' };
    const [first, second] = [await scene.send('eight', { headers }), await scene.send('eight', { headers })];
    proof.equal('id of the second answer', second.body.id, first.body.id);
    await scene.arrives('eight');
    await scene.reaches(first.body.id, 'sent');
    proof.equal('received by SMTP', primary.withSubject('eight').length, 1);
    return { id: first.body.id, status: 'sent' };
  });

  await report.step('an agent over MCP sends, loses the reply, and calls again', async (proof) => {
    const { failure, lostReplies, answer } = await sendAndRetry(scene.ready, {
      mailbox: scene.ready.mailbox,
      ...{ to: 'ann@example.com', subject: 'nine', text: 'Hello from an agent.' },
      dedupeKey: 'agent-nine',
    });
    report.say(`   the first call failed: ${failure}`);
    proof.equal('replies lost', lostReplies, 1);
    proof.equal('the second answer is the first one', answer.replayed, true);
    await scene.arrives('nine');
    await scene.reaches(answer.id, 'sent');
    proof.equal('received by SMTP', primary.withSubject('nine').length, 1);
    return { id: answer.id, status: 'sent' };
  });

  await report.step('killed with -9 between acceptance and delivery, restarted', async (proof) => {
    const { status, body } = await scene.send('ten', { sendAt: new Date(Date.now() + 1_500).toISOString() });
    proof.equal('HTTP answer', status, 202);
    proof.equal('processes killed', await scene.house.killEverything(), 2);
    proof.equal('received before the kill', primary.withSubject('ten').length, 0);
    scene.ready = await scene.house.start();
    await scene.arrives('ten');
    await scene.reaches(body.id, 'sent');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    proof.equal('received by SMTP, a second later', primary.withSubject('ten').length, 1);
    return { id: body.id, status: await scene.statusOf(body.id) };
  });
}
