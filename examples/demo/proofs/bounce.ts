/** @module An address that bounced gets nothing more. */
import type { Report } from '../report.js';
import type { Scene } from '../scene.js';

export async function bounce(scene: Scene, report: Report): Promise<void> {
  const { primary } = scene.relays;

  await report.step('hard bounce webhook: suppressed, the next send is denied', async (proof) => {
    const to = 'gone@example.com';
    const first = await scene.send('seven', { to });
    await scene.arrives('seven');
    await scene.reaches(first.body.id, 'sent');
    proof.equal(
      'bounce report',
      await scene.webhook('bounced', first.body.id, { bounce: 'hard', recipient: to, smtpStatus: '5.1.1' }),
      200,
    );
    const next = await scene.send('seven again', { to });
    proof.equal('HTTP answer to the next', next.status, 403);
    proof.equal('its code', next.body.code, 'policy_denied');
    const denying = next.body.verdict?.checks
      .filter((check) => check.status === 'failed')
      .map((check) => check.rule);
    proof.equal('its trace', denying?.join(), 'suppression_check');
    proof.equal('received by SMTP', primary.withSubject('seven again').length, 0);
    return { id: next.body.id, status: await scene.statusOf(next.body.id) };
  });
}
