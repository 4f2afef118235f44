/** @module A provider that is down or refuses is stood in for by the next one, and only its own webhooks are believed. */
import type { Report } from '../report.js';
import type { Scene } from '../scene.js';

export async function failover(scene: Scene, report: Report): Promise<void> {
  const { primary, secondary } = scene.relays;
  const { resend, mailgun } = scene.vendors;
  const byHttp = await scene.mailbox('by-http', {
    autonomy: 'auto',
    route: [
      { provider: 'resend', weight: 100, failover: false },
      { provider: 'mailgun', weight: 0, failover: true },
    ],
  });

  await report.step('primary SMTP server down: failover to the second', async (proof) => {
    await primary.stop();
    const { body } = await scene.send('six');
    await scene.arrives('six', secondary);
    await scene.reaches(body.id, 'sent');
    await primary.start();
    proof.equal('received by the second', secondary.withSubject('six').length, 1);
    proof.equal('received by the first', primary.withSubject('six').length, 0);
    return { id: body.id, status: 'sent' };
  });

  await report.step('two HTTP providers: the first refuses, failover to the second', async (proof) => {
    resend.always = {
      status: 429,
      body: { statusCode: 429, name: 'daily_quota_exceeded', message: 'You have reached your daily quota.' },
    };
    const { body } = await scene.send('by http', { mailbox: byHttp });
    await scene.reaches(body.id, 'sent');
    resend.always = null;
    proof.equal('asked of Resend', resend.requests.length > 0, true);
    proof.equal('taken by Resend', resend.taken.length, 0);
    proof.equal('taken by Mailgun', mailgun.taken.length, 1);
    return { id: body.id, status: 'sent' };
  });

  await report.step('a forged webhook of that vendor is refused, a genuine one counts', async (proof) => {
    const { body } = await scene.send('by resend', { mailbox: byHttp });
    await scene.reaches(body.id, 'sent');
    const [taken] = resend.taken;
    if (taken === undefined) throw new Error('Resend has taken nothing');
    const post = async (hook: { body: Uint8Array; headers: Headers }): Promise<number> =>
      (await fetch(`${scene.ready.api}/v1/hooks/resend`, { method: 'POST', ...hook })).status;
    const bounce = { bounce: { type: 'Permanent', subType: 'General', message: 'no such user' } };
    const forged = resend.hookFor(taken, 'email.bounced', bounce);
    forged.headers.set('svix-signature', `v1,${Buffer.alloc(32, 'forged').toString('base64')}`);
    proof.equal('answer to the forged bounce', await post(forged), 403);
    proof.equal('status after it', await scene.statusOf(body.id), 'sent');
    proof.equal('answer to the genuine report', await post(resend.hookFor(taken, 'email.delivered')), 200);
    await scene.reaches(body.id, 'delivered');
    return { id: body.id, status: 'delivered' };
  });
}
