/**
 * @module The frame of every command that stays up: start, wait for Ctrl-C or a failure, drain, end.
 */

type Stop = () => Promise<void>;

/** A second signal, or a drain that takes longer than this, ends the process at once. */
const DRAIN_MS = 30_000;

/** Sets the exit code: 0 after a signal or an `end` without error, 1 where it failed to start or broke down, with one line why. */
export async function runUntilSignal(
  say: (line: string) => void,
  start: (end: (error?: Error) => void) => Promise<Stop>,
): Promise<void> {
  let end: (error?: Error) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals > 1) process.exit(130);
    say('Stopping: letting what is under way finish. Ctrl-C again ends at once.');
    end();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const stop = await start(end);
    const failure = await ended;
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    await stop();
    if (failure) throw failure;
  } catch (error) {
    say(`mailwarden: ${error instanceof Error ? error.message.split('\n')[0] : 'failed'}`);
    process.exitCode = 1;
  }
  // Native handles of the Temporal SDK may linger; everything was closed above.
  process.exit();
}
