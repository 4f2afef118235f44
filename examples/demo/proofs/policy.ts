/** @module What policy says to an email, and why: each rule with the numbers that it went by. */
import type { Proof, Report } from '../report.js';
import type { Answer, Scene } from '../scene.js';

const POLICY = {
  deny: ['rival.example'],
  vip: ['chair@example.com'],
  limits: { hourly: 1, onLimit: 'wait' },
};

export async function policy(scene: Scene, report: Report): Promise<void> {
  const mailbox = await scene.mailbox('ruled', { autonomy: 'auto', policy: POLICY });

  await report.step('a denial, and its trace', async (proof) => {
    const { status, body } = await scene.send('nine', { mailbox, to: 'spy@rival.example' });
    proof.equal('HTTP answer', status, 403);
    told(proof, report, body, 'recipient_deny_list');
    return { id: body.id, status: await scene.statusOf(body.id) };
  });

  await report.step('a review, and its trace', async (proof) => {
    const { body } = await scene.send('ten', { mailbox, to: 'chair@example.com' });
    proof.equal('status', body.status, 'held');
    told(proof, report, body, 'vip_recipient');
    return { id: body.id, status: body.status };
  });

  await report.step('a wait, and its trace', async (proof) => {
    await scene.send('eleven', { mailbox, to: 'first@example.com' });
    const { body } = await scene.send('twelve', { mailbox, to: 'second@example.com' });
    proof.equal('status', body.status, 'scheduled');
    told(proof, report, body, 'rate_limit_hourly');
    return { id: body.id, status: body.status };
  });
}

/** Prints what failed, and proves that it is this rule alone. */
function told(proof: Proof, { say }: Report, { verdict }: Answer['body'], rule: string): void {
  const checks = verdict?.checks ?? [];
  const failed = checks.filter((check) => check.status === 'failed');
  proof.equal(`of ${checks.length} rules failed`, failed.map((check) => check.rule).join(), rule);
  for (const check of failed)
    say(
      `     ${check.rule} asks for ${check.effect ?? ''}: ${JSON.stringify(check.evidence ?? {})}` +
        (check.until === undefined ? '' : ` until ${check.until}`),
    );
}
