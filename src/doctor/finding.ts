/** @module What a check found: how it stands, and what mends it. */

export interface Finding {
  /** Such as `temporal namespace`. */
  check: string;
  /** `skipped`: it is not set up, and need not be. */
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** In a sentence; no secret. */
  detail: string;
  /** What to do about it; where it is a command, ready to paste. */
  mend?: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, status: 'ok', detail });
export const skipped = (check: string, detail: string): Finding => ({ check, status: 'skipped', detail });
export const failed = (check: string, detail: string, mend: string): Finding => ({
  ...{ check, status: 'failed', detail, mend },
});
export const warning = (check: string, detail: string, mend: string): Finding => ({
  ...{ check, status: 'warning', detail, mend },
});

/** The last of what a failure says, in one line and without a URL that could hold a password. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || (error as { code?: string }).code || error.name : '';
  return (text.split('\n')[0] ?? '').replace(/\b\w+:\/\/\S+/gu, '(url)').slice(0, 200) || 'no answer';
}
