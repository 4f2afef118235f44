/** @module A list for `in`: SQL has no empty one, and nothing has an empty id. */

export const anyOf = (values: readonly string[] | null): string[] => ['', ...(values ?? [])];
