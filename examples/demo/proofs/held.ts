/** @module What the rules hold waits for a person, and no longer than for its deadline. */
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { promisify } from 'node:util';
import { findTemporalBinary } from '../../../src/embedded/temporal-binary.js';
import type { Report } from '../report.js';
import type { Scene } from '../scene.js';

export async function held(scene: Scene, report: Report): Promise<void> {
  const { primary } = scene.relays;
  const reviewed = await scene.mailbox('reviewed');
  const impatient = await scene.mailbox('impatient', { policy: { approvalMinutes: 0.03 } });
  const temporalCli = await findTemporalBinary({ env: process.env, home: homedir(), say: report.say });

  await report.step('held, approved with `temporal workflow signal`', async (proof) => {
    const { body } = await scene.send('three', { mailbox: reviewed });
    proof.equal('status at first', body.status, 'held');
    proof.equal('received while held', primary.withSubject('three').length, 0);
    const input = JSON.stringify({ by: 'a person', digest: body.digest });
    await promisify(execFile)(temporalCli, [
      ...['workflow', 'signal', '--address', scene.ready.temporal, '--workflow-id', body.id],
      ...['--name', 'approve', '--input', input],
    ]);
    await scene.arrives('three');
    await scene.reaches(body.id, 'sent');
    proof.equal('received by SMTP', primary.withSubject('three').length, 1);
    return { id: body.id, status: 'sent' };
  });

  await report.step('held, rejected through the API', async (proof) => {
    const { body } = await scene.send('four', { mailbox: reviewed });
    const decided = await scene.call('POST', `/v1/messages/${body.id}/decision`, scene.ready.keys.reviewer, {
      action: 'reject',
      digest: body.digest,
    });
    proof.equal('HTTP answer', decided.status, 200);
    await scene.reaches(body.id, 'rejected');
    proof.equal('received by SMTP', primary.withSubject('four').length, 0);
    return { id: body.id, status: 'rejected' };
  });

  await report.step('held, nobody decides: expires by its deadline', async (proof) => {
    const { body } = await scene.send('five', { mailbox: impatient });
    proof.equal('status at first', body.status, 'held');
    await scene.reaches(body.id, 'expired');
    proof.equal('received by SMTP', primary.withSubject('five').length, 0);
    return { id: body.id, status: 'expired' };
  });
}
