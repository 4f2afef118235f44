/**
 * @module Attachments that a request names by the SHA-256 of what was uploaded before: which names it uses, and
 * what is wrong with them. Pure: used by the doors and by `admit`, so that both say the same.
 */
import type { FieldProblem } from './problem.js';
import { ATTACHMENTS_TOO_LARGE, LIMITS, sizeOfBase64, type EmailContent } from './request.js';

type Attachments = EmailContent['attachments'];

/** Each digest once. */
export const referencesOf = (attachments: Attachments): string[] => [
  ...new Set(attachments.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]))),
];

/** `sizes`: of the bytes that may be named here. Their size is only known now, so the bound is looked at again. */
export function referenceProblems(
  attachments: Attachments,
  sizes: ReadonlyMap<string, number>,
): FieldProblem[] {
  const unknown = attachments.flatMap(({ sha256 }, index) =>
    sha256 === undefined || sizes.has(sha256)
      ? []
      : [
          {
            field: `attachments[${index}].sha256`,
            message:
              'names nothing that is kept for this key; upload the bytes first (POST /v1/attachments), or give them as content',
          },
        ],
  );
  const bytes = attachments.reduce(
    (sum, { content, sha256 }) =>
      sum + (sha256 === undefined ? sizeOfBase64(content) : (sizes.get(sha256) ?? 0)),
    0,
  );
  if (unknown.length > 0 || bytes <= LIMITS.attachmentsBytes) return unknown;
  return [{ field: 'attachments', message: ATTACHMENTS_TOO_LARGE }];
}
